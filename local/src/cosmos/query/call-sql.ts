/** The supported functions of Cosmos SQL, and the refusal by name of all others. */
import { badRequest, notSupported } from '../cosmos-error.ts';
import type { Json } from '../json.ts';
import type { Expression } from './ast.ts';
import { join, raw, sql, type Sql } from './sql.ts';

type Call = Expression & { kind: 'call' };

/** How the arguments of a call become SQL. */
export interface Scalars {
  json(expression: Expression): Sql;
  text(expression: Expression): Sql;
  type(expression: Expression): Sql;
  constant(expression: Expression): { value: Json | undefined } | undefined;
}

export const aggregateNames = ['COUNT', 'SUM', 'MIN', 'MAX', 'AVG'] as const;

const typeTests: Record<string, string> = {
  IS_NULL: 'null',
  IS_STRING: 'string',
  IS_NUMBER: 'number',
  IS_BOOL: 'boolean',
  IS_ARRAY: 'array',
  IS_OBJECT: 'object',
};

/** LOWER and UPPER as SQL text; undefined for any other function. */
export function callText(call: Call, scalars: Scalars): Sql | undefined {
  if (call.name !== 'LOWER' && call.name !== 'UPPER') return undefined;
  const [argument] = arity(call, 1, 1);
  return sql`${raw(call.name === 'LOWER' ? 'cosmos_lower' : 'cosmos_upper')}(${scalars.text(argument!)})`;
}

/** Functions that give a boolean: 1, 0 or NULL. Undefined for LOWER and UPPER. Throws 400 for a function it does not know. */
export function callCondition(call: Call, scalars: Scalars): Sql | undefined {
  const type = typeTests[call.name];
  if (type !== undefined) {
    const [argument] = arity(call, 1, 1);
    return sql`(coalesce(${scalars.type(argument!)} = ${type}, 0))`;
  }
  switch (call.name) {
    case 'IS_DEFINED': {
      const [argument] = arity(call, 1, 1);
      return sql`(${scalars.json(argument!)} IS NOT NULL)`;
    }
    case 'STARTSWITH':
    case 'ENDSWITH':
    case 'CONTAINS':
      return stringTest(call, scalars);
    case 'ARRAY_CONTAINS':
      return arrayContains(call, scalars);
    case 'LOWER':
    case 'UPPER':
      return undefined;
    default:
      if (aggregateNames.some((name) => name === call.name)) {
        throw badRequest(`The aggregate ${call.name} may only stand by itself in the SELECT clause.`);
      }
      throw notSupported(`The function ${call.name}`);
  }
}

function arity(call: Call, least: number, most: number): Expression[] {
  const { length } = call.arguments;
  if (length < least || length > most)
    throw badRequest(
      `The ${call.name} function takes ${least === most ? least : `${least} to ${most}`} argument(s).`,
    );
  return call.arguments;
}

function stringTest(call: Call, scalars: Scalars): Sql {
  const [value, part, ignoreCase] = arity(call, 2, 3);
  const folded = ignoreCase ? scalars.constant(ignoreCase) : { value: false };
  if (!folded) throw notSupported(`${call.name} with a third argument that is not a constant`);
  const fold = (side: Sql) => (folded.value === true ? sql`cosmos_lower(${side})` : side);
  const text = fold(scalars.text(value!));
  const wanted = fold(scalars.text(part!));
  if (call.name === 'CONTAINS') return sql`(instr(${text}, ${wanted}) > 0)`;
  if (call.name === 'STARTSWITH') return sql`(substr(${text}, 1, length(${wanted})) = ${wanted})`;
  return sql`(CASE WHEN length(${wanted}) = 0 THEN ${text} IS NOT NULL ELSE substr(${text}, -length(${wanted})) = ${wanted} END)`;
}

function arrayContains(call: Call, scalars: Scalars): Sql {
  const [array, element, partial] = arity(call, 2, 3);
  if (partial && scalars.constant(partial)?.value !== false)
    throw notSupported('ARRAY_CONTAINS with a partial match');
  const known = scalars.constant(array!);
  if (known && Array.isArray(known.value)) {
    const texts = JSON.stringify(known.value.map((item) => JSON.stringify(item)));
    return sql`(${scalars.json(element!)} IN (SELECT value FROM json_each(${texts})))`;
  }
  return sql`(cosmos_array_contains(${join([scalars.json(array!), scalars.json(element!)], ', ')}))`;
}
