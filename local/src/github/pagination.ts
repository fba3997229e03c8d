/** The rules that every connection of GitHub follows: page sizes, cursors, and what the simulator refuses. */
import { Kind, type GraphQLResolveInfo, type SelectionSetNode } from 'graphql';
import { GithubError, unsupported } from './github-error.ts';
import { decodeCursor, type Cursor } from './node-id.ts';

export type Arguments = Readonly<Record<string, unknown>>;

/** https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#node-limit */
const MAX_PAGE = 100;

function selects(
  set: SelectionSetNode | undefined,
  info: GraphQLResolveInfo,
  names: readonly string[],
): boolean {
  return (set?.selections ?? []).some((selection) => {
    if (selection.kind === Kind.FIELD) return names.includes(selection.name.value);
    const fragment =
      selection.kind === Kind.FRAGMENT_SPREAD ? info.fragments[selection.name.value] : selection;
    return selects(fragment?.selectionSet, info, names);
  });
}

/** Refuses arguments that were given but would have no effect here. */
export function refuseOtherArguments(
  args: Arguments,
  supported: readonly string[],
  info: GraphQLResolveInfo,
): void {
  for (const name in args)
    if (args[name] !== undefined && args[name] !== null && !supported.includes(name))
      throw unsupported(`Argument '${name}' of '${info.parentType.name}.${info.fieldName}'`);
}

/** The page asked for: `first` is undefined when only counts are selected. Throws GitHub's errors for what it refuses. */
export function pageOf(
  args: Arguments,
  info: GraphQLResolveInfo,
): { first: number | undefined; after: Cursor | undefined } {
  const { first, after } = args;
  const connection = info.fieldName;
  if (typeof first !== 'number') {
    const wantsRows = info.fieldNodes.some(({ selectionSet }) =>
      selects(selectionSet, info, ['nodes', 'edges']),
    );
    if (wantsRows)
      throw new GithubError(
        'MISSING_PAGINATION_BOUNDARIES',
        `You must provide a \`first\` or \`last\` value to properly paginate the \`${connection}\` connection.`,
      );
    return { first: undefined, after: undefined };
  }
  if (first > MAX_PAGE)
    throw new GithubError(
      'EXCESSIVE_PAGINATION',
      `Requesting ${first} records on the \`${connection}\` connection exceeds the \`first\` limit of ${MAX_PAGE} records.`,
    );
  if (first < 0) throw unsupported(`A negative 'first' of '${connection}'`);
  if (typeof after !== 'string' || after === '') return { first, after: undefined };
  const cursor = decodeCursor(after);
  if (cursor === undefined) throw invalidCursor(after);
  return { first, after: cursor };
}

export function invalidCursor(text: string): GithubError {
  return new GithubError('INVALID_CURSOR_ARGUMENTS', `\`${text}\` does not appear to be a valid cursor.`);
}
