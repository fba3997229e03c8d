/**
 * ORDER BY: the order across types, and the indexes it needs.
 * Types order undefined, null, false, true, number, string, array, object. An item without the property is in the result
 * only when the policy includes that very path, as the index then holds it.
 * Sources: https://learn.microsoft.com/azure/cosmos-db/nosql/query/order-by, https://learn.microsoft.com/azure/cosmos-db/index-policy
 */
import { badRequest } from '../cosmos-error.ts';
import { isIndexed, isNamed, parseIndexPath, type CompiledPolicy } from '../index-policy.ts';
import type { OrderItem } from './ast.ts';
import { propertyJson, propertyType, propertyValue } from './property-sql.ts';

export interface OrderPlan {
  /** The ORDER BY list, with the item's place as the last word so that pages do not overlap. */
  order: string;
  /** Conditions that leave out what the index does not hold. */
  where: string[];
}

/** Throws 400 when the policy excludes a path, or has no composite index for more than one. */
export function orderPlan(items: readonly OrderItem[], policy: CompiledPolicy): OrderPlan {
  const where: string[] = [];
  for (const { path } of items) {
    const steps = indexSteps(path);
    if (!isIndexed(policy, steps)) {
      throw badRequest(
        'The order by query does not have a corresponding index: the index path corresponding to the specified order-by item is excluded.',
      );
    }
    if (items.length === 1 && !isNamed(policy, steps)) where.push(`${propertyJson(path)} IS NOT NULL`);
  }
  if (items.length > 1 && !hasCompositeIndex(items, policy)) {
    throw badRequest(
      'The order by query does not have a corresponding composite index that it can be served from.',
    );
  }
  const order = items.flatMap(({ path, descending }) => {
    const direction = descending ? ' DESC' : '';
    const rank = `CASE ${propertyType(path)} WHEN 'null' THEN 1 WHEN 'false' THEN 2 WHEN 'true' THEN 3 WHEN 'integer' THEN 4 WHEN 'real' THEN 4 WHEN 'text' THEN 5 WHEN 'array' THEN 6 WHEN 'object' THEN 7 ELSE 0 END`;
    return [`${rank}${direction}`, `${propertyValue(path)}${direction}`];
  });
  return { order: [...order, 'sequence'].join(', '), where };
}

/** Array elements are `[]` in an indexing policy, whatever their index. */
export function indexSteps(path: readonly (string | number)[]): string[] {
  return path.map((step) => (typeof step === 'number' ? '[]' : step));
}

/** A composite index serves its own order and the exact opposite. */
function hasCompositeIndex(items: readonly OrderItem[], policy: CompiledPolicy): boolean {
  return (policy.policy.compositeIndexes ?? []).some((index) => {
    if (index.length !== items.length) return false;
    const reversed = (index[0]?.order === 'descending') !== items[0]?.descending;
    return index.every(({ path, order }, at) => {
      const item = items[at]!;
      const { steps } = parseIndexPath(`${path}/?`);
      const same = steps.length === item.path.length && steps.every((step, i) => step === item.path[i]);
      return same && (order === 'descending') === (item.descending !== reversed);
    });
  });
}
