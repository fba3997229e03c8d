/**
 * Scalar expressions of Cosmos SQL as SQLite expressions over the column `body`.
 *
 * A value is its JSON text, so that types stay apart, and NULL is undefined: SQL's three-valued logic is then Cosmos' own.
 * Comparison across types is undefined, by https://learn.microsoft.com/azure/cosmos-db/nosql/query/equality-comparison-operators
 * (except = and != with null, which tell null from any other value, as LINQ's null checks rely on).
 */
import { badRequest } from '../cosmos-error.ts';
import type { Json } from '../json.ts';
import type { CompareOperator, Expression } from './ast.ts';
import { callCondition, callText, type Scalars } from './call-sql.ts';
import { constantOf, type Parameters } from './constant.ts';
import { jsonPath, propertyJson, propertyType, propertyValue } from './property-sql.ts';
import { raw, sql, type Sql } from './sql.ts';

const nothing = raw('NULL');

/** What functions build on: their arguments' values, which may be calls again. */
function scalars(parameters: Parameters): Scalars {
  return {
    json: (expression) => jsonSql(expression, parameters),
    text: (expression) => textSql(expression, parameters),
    type: (expression) => typeSql(expression, parameters),
    constant: (expression) => constantOf(expression, parameters),
  };
}

/** JSON text, or NULL when undefined. */
export function jsonSql(expression: Expression, parameters: Parameters): Sql {
  const constant = constantOf(expression, parameters);
  if (constant) return constant.value === undefined ? nothing : sql`${JSON.stringify(constant.value)}`;
  if (expression.kind === 'property') {
    return raw(expression.path.length === 0 ? 'body' : propertyJson(expression.path));
  }
  if (expression.kind === 'array')
    throw badRequest('An array with properties in it is not supported by the local Cosmos DB');
  if (expression.kind === 'call') {
    const text = callText(expression, scalars(parameters));
    if (text) return sql`CASE WHEN ${text} IS NOT NULL THEN json_quote(${text}) END`;
  }
  return sql`CASE ${conditionSql(expression, parameters, true)} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END`;
}

/** NULL for an expression that cannot have the wanted type; what is not supported in it is still refused. */
function never(expression: Expression, parameters: Parameters): Sql {
  jsonSql(expression, parameters);
  return nothing;
}

/** The string itself, or NULL when the value is anything else. */
export function textSql(expression: Expression, parameters: Parameters): Sql {
  const constant = constantOf(expression, parameters);
  if (constant) return typeof constant.value === 'string' ? sql`${constant.value}` : nothing;
  if (expression.kind === 'property') {
    return raw(
      `CASE ${propertyType(expression.path)} WHEN 'text' THEN ${propertyValue(expression.path)} END`,
    );
  }
  const text = expression.kind === 'call' ? callText(expression, scalars(parameters)) : undefined;
  return text ?? never(expression, parameters);
}

/** The number itself, or NULL when the value is anything else. */
export function numberSql(expression: Expression, parameters: Parameters): Sql {
  const constant = constantOf(expression, parameters);
  if (constant) return typeof constant.value === 'number' ? sql`${constant.value}` : nothing;
  if (expression.kind !== 'property') return never(expression, parameters);
  const type = propertyType(expression.path);
  return raw(`CASE WHEN ${type} IN ('integer', 'real') THEN ${propertyValue(expression.path)} END`);
}

/** Cosmos' name of the value's type, or NULL when undefined. */
export function typeSql(expression: Expression, parameters: Parameters): Sql {
  const constant = constantOf(expression, parameters);
  if (constant) return constant.value === undefined ? nothing : sql`${typeOf(constant.value)}`;
  const type =
    expression.kind === 'property'
      ? raw(`json_type(body, ${jsonPath(expression.path)})`)
      : sql`json_type(${jsonSql(expression, parameters)})`;
  return sql`CASE ${type} WHEN 'integer' THEN 'number' WHEN 'real' THEN 'number' WHEN 'true' THEN 'boolean' WHEN 'false' THEN 'boolean' WHEN 'text' THEN 'string' ELSE ${type} END`;
}

function typeOf(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/**
 * 1, 0 or NULL (undefined). Where only truth matters (`exact` false), equality is left as the plain comparison that an
 * index can answer; below NOT, where false and undefined differ, types are compared first.
 */
export function conditionSql(expression: Expression, parameters: Parameters, exact: boolean): Sql {
  switch (expression.kind) {
    case 'and':
    case 'or': {
      const word = raw(expression.kind === 'and' ? 'AND' : 'OR');
      const left = conditionSql(expression.left, parameters, exact);
      return sql`(${left} ${word} ${conditionSql(expression.right, parameters, exact)})`;
    }
    case 'not':
      return sql`(NOT ${conditionSql(expression.operand, parameters, true)})`;
    case 'compare':
      return compareSql(expression.operator, expression.left, expression.right, parameters, exact);
    case 'in':
      return inSql(expression.value, expression.list, parameters, exact);
    case 'call':
      return callCondition(expression, scalars(parameters)) ?? never(expression, parameters);
    case 'literal':
    case 'parameter':
    case 'property':
    case 'array': {
      const json = jsonSql(expression, parameters);
      return sql`(CASE ${json} WHEN 'true' THEN 1 WHEN 'false' THEN 0 END)`;
    }
  }
}

const mirrored: Record<CompareOperator, CompareOperator> = {
  '=': '=',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

function compareSql(
  operator: CompareOperator,
  left: Expression,
  right: Expression,
  parameters: Parameters,
  exact: boolean,
): Sql {
  const constant = constantOf(right, parameters);
  if (!constant && constantOf(left, parameters))
    return compareSql(mirrored[operator], right, left, parameters, exact);
  if (operator === '=' || operator === '!=') {
    const equal = sql`${jsonSql(left, parameters)} ${raw(operator === '=' ? '=' : '<>')} ${jsonSql(right, parameters)}`;
    if ((operator === '=' && !exact) || constant?.value === null) return sql`(${equal})`;
    return sql`(CASE WHEN ${typeSql(left, parameters)} = ${typeSql(right, parameters)} THEN ${equal} END)`;
  }
  const symbol = raw(operator);
  const text = sql`${textSql(left, parameters)} ${symbol} ${textSql(right, parameters)}`;
  const number = sql`${numberSql(left, parameters)} ${symbol} ${numberSql(right, parameters)}`;
  if (typeof constant?.value === 'string') return sql`(${text})`;
  if (typeof constant?.value === 'number') return sql`(${number})`;
  const truth = (side: Expression) =>
    sql`CASE ${jsonSql(side, parameters)} WHEN 'false' THEN 0 WHEN 'true' THEN 1 WHEN 'null' THEN 2 END`;
  const boolean = sql`CASE WHEN ${typeSql(left, parameters)} = ${typeSql(right, parameters)} THEN ${truth(left)} ${symbol} ${truth(right)} END`;
  return sql`(coalesce(${text}, ${number}, ${boolean}))`;
}

function inSql(value: Expression, list: Expression[], parameters: Parameters, exact: boolean): Sql {
  const constants = list.map((item) => constantOf(item, parameters));
  if (exact || constants.includes(undefined)) {
    return list
      .map((item) => compareSql('=', value, item, parameters, exact))
      .reduce((all, one) => sql`(${all} OR ${one})`, raw('0'));
  }
  const texts = constants.flatMap((item) => (item!.value === undefined ? [] : [JSON.stringify(item!.value)]));
  return sql`(${jsonSql(value, parameters)} IN (SELECT value FROM json_each(${JSON.stringify(texts)})))`;
}
