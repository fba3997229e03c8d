/** The parameters of a query, and the values of expressions that read no property. */
import { badRequest } from '../cosmos-error.ts';
import type { Json } from '../json.ts';
import type { Expression } from './ast.ts';

/** By name, the @ included. */
export type Parameters = ReadonlyMap<string, Json>;

/** The value of an expression that reads no property, wrapped; undefined when it reads one. Throws 400 for a parameter without value. */
export function constantOf(
  expression: Expression,
  parameters: Parameters,
): { value: Json | undefined } | undefined {
  if (expression.kind === 'literal') return { value: expression.value };
  if (expression.kind === 'parameter') {
    const value = parameters.get(expression.name);
    if (value === undefined) throw badRequest(`The query has no value for the parameter ${expression.name}.`);
    return { value };
  }
  if (expression.kind !== 'array') return undefined;
  const items = expression.items.map((item) => constantOf(item, parameters));
  if (items.includes(undefined)) return undefined;
  return { value: items.flatMap((item) => (item!.value === undefined ? [] : [item!.value])) };
}
