/** How many single repositories a query asks for, before anything of it is done: by name, by id, and by lists of ids. */
import { Kind, type OperationDefinitionNode, type ValueNode } from 'graphql';
import { conditions, isLeftOut, valueOf, type Condition, type Variables } from './query-cost.ts';

/** One look-up at the root of a query: a single repository, or as many as there are ids. */
export interface LookUp {
  readonly ids: ValueNode | undefined;
  readonly unless: readonly Condition[];
}

/** The look-ups of an operation; read once per query text. */
export function lookUpsOf({ selectionSet }: OperationDefinitionNode): LookUp[] {
  return selectionSet.selections.flatMap((selection): LookUp[] => {
    if (selection.kind !== Kind.FIELD) return [];
    const unless = conditions(selection.directives);
    const name = selection.name.value;
    if (name === 'repository' || name === 'node') return [{ ids: undefined, unless }];
    const ids =
      name === 'nodes' ? selection.arguments?.find((each) => each.name.value === 'ids')?.value : undefined;
    return ids === undefined ? [] : [{ ids, unless }];
  });
}

export function askedRepositories(lookUps: readonly LookUp[], variables: Variables): number {
  let count = 0;
  for (const { ids, unless } of lookUps) {
    if (isLeftOut(unless, variables)) continue;
    const value = ids && valueOf(ids, variables);
    count += Array.isArray(value) ? value.length : 1;
  }
  return count;
}
