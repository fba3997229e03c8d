/** Connections that hold no rows of their own in the simulator (counts) or a short fixed list (languages, topics). */
import type { GraphQLResolveInfo } from 'graphql';
import { unsupported } from './github-error.ts';
import { encodeCursor } from './node-id.ts';
import { pageOf, refuseOtherArguments, type Arguments } from './pagination.ts';

/** A connection of which only `totalCount` is known; its rows are refused, by the rules of paging first. */
export function countConnection(totalCount: number, args: Arguments, info: GraphQLResolveInfo): object {
  refuseOtherArguments(args, ['states', 'first'], info);
  pageOf(args, info);
  return { totalCount };
}

/** A connection over a short list; one page of at most `first` rows from its start. */
export function listConnection<Row extends object>(
  rows: readonly Row[],
  edgeOf: (row: Row) => object,
  args: Arguments,
  info: GraphQLResolveInfo,
): object {
  refuseOtherArguments(args, ['first', 'orderBy'], info);
  const { first } = pageOf(args, info);
  const page = first === undefined ? [] : rows.slice(0, first);
  const cursorAt = (index: number) => encodeCursor({ key: undefined, databaseId: index });
  return {
    totalCount: rows.length,
    nodes: page,
    edges: page.map((row, index) => ({ cursor: cursorAt(index), ...edgeOf(row) })),
    get pageInfo(): object {
      if (first === undefined) throw unsupported(`'pageInfo' of '${info.fieldName}' without 'first'`);
      return {
        startCursor: page.length > 0 ? cursorAt(0) : null,
        endCursor: page.length > 0 ? cursorAt(page.length - 1) : null,
        hasNextPage: page.length < rows.length,
        hasPreviousPage: false,
      };
    },
  };
}
