/** Takes equality with the partition key, and with the id, out of WHERE: they are columns with an index of their own. */
import type { Json } from '../json.ts';
import { keyOf } from '../partition-key.ts';
import type { Expression } from './ast.ts';
import { constantOf, type Parameters } from './constant.ts';

export interface Narrowed {
  key?: string;
  id?: string;
  where?: Expression;
}

/** `key` is the partition key of the request's header, if it has one. */
export function narrow(
  where: Expression | undefined,
  parameters: Parameters,
  partitionKeyPath: readonly string[],
  key: string | undefined,
): Narrowed {
  const narrowed: Narrowed = key === undefined ? {} : { key };
  const rest: Expression[] = [];
  for (const condition of conjuncts(where)) {
    const fixed = equalityOf(condition, parameters);
    if (
      fixed &&
      narrowed.key === undefined &&
      samePath(fixed.path, partitionKeyPath) &&
      isScalar(fixed.value)
    ) {
      narrowed.key = keyOf(fixed.value);
    } else if (
      fixed &&
      narrowed.id === undefined &&
      samePath(fixed.path, ['id']) &&
      typeof fixed.value === 'string'
    ) {
      narrowed.id = fixed.value;
    } else rest.push(condition);
  }
  if (rest.length > 0) narrowed.where = rest.reduce((left, right) => ({ kind: 'and', left, right }));
  return narrowed;
}

function conjuncts(where: Expression | undefined): Expression[] {
  if (!where) return [];
  return where.kind === 'and' ? [...conjuncts(where.left), ...conjuncts(where.right)] : [where];
}

function equalityOf(
  condition: Expression,
  parameters: Parameters,
): { path: (string | number)[]; value: Json } | undefined {
  if (condition.kind !== 'compare' || condition.operator !== '=') return undefined;
  for (const [property, other] of [
    [condition.left, condition.right],
    [condition.right, condition.left],
  ] as const) {
    const value = property.kind === 'property' ? constantOf(other, parameters)?.value : undefined;
    if (property.kind === 'property' && value !== undefined) return { path: property.path, value };
  }
  return undefined;
}

function samePath(path: readonly (string | number)[], other: readonly string[]): boolean {
  return path.length === other.length && path.every((step, at) => step === other[at]);
}

function isScalar(value: Json): boolean {
  return typeof value !== 'object' || value === null;
}

/** Every property that an expression reads. */
export function propertiesOf(expression: Expression | undefined): (string | number)[][] {
  if (!expression) return [];
  switch (expression.kind) {
    case 'property':
      return [expression.path];
    case 'compare':
    case 'and':
    case 'or':
      return [...propertiesOf(expression.left), ...propertiesOf(expression.right)];
    case 'not':
      return propertiesOf(expression.operand);
    case 'in':
      return [expression.value, ...expression.list].flatMap(propertiesOf);
    case 'array':
      return expression.items.flatMap(propertiesOf);
    case 'call':
      return expression.arguments.flatMap(propertiesOf);
    case 'literal':
    case 'parameter':
      return [];
  }
}
