/**
 * An owner's repositories, page by page. A cursor holds the last row's database id, and before it the value sorted by
 * unless that is the time of creation, so paging by creation neither skips nor repeats while rows come and go.
 */
import type { GraphQLResolveInfo } from 'graphql';
import { failureError } from './failure-error.ts';
import { encodeCursor, type Cursor } from './node-id.ts';
import { unsupported } from './github-error.ts';
import { invalidCursor, pageOf, refuseOtherArguments, type Arguments } from './pagination.ts';
import type { RequestContext } from './request-context.ts';
import { RepositoryNode } from './repository-node.ts';
import type { Owner, World } from './world.ts';

/** Supported filters and nothing else; an owner's own repositories are all there is, so affiliations only pick them. */
const supported = [
  'first',
  'after',
  'orderBy',
  'isFork',
  'isArchived',
  'privacy',
  'visibility',
  'ownerAffiliations',
];

type SortKey = number | string;
interface Order {
  readonly slots: ArrayLike<number>;
  /** The values sorted by, beside `slots`; undefined when that is the time of creation. */
  readonly keys: readonly SortKey[] | undefined;
}

/** Whole-owner work (sorting, counting with filters) is kept until the world changes. */
interface Computed {
  readonly version: number;
  readonly orders: Map<string, Order>;
  readonly counts: Map<string, number>;
}
const computed = new WeakMap<Owner, Computed>();

function computedFor(owner: Owner, world: World): Computed {
  const known = computed.get(owner);
  if (known?.version === world.version) return known;
  const fresh = {
    version: world.version,
    orders: new Map<string, Order>(),
    counts: new Map<string, number>(),
  };
  computed.set(owner, fresh);
  return fresh;
}

function keyOf(world: World, field: string, slot: number): SortKey {
  const repository = world.describe(slot);
  if (field === 'NAME') return repository.name.toLowerCase();
  if (field === 'STARGAZERS') return repository.stars;
  return field === 'PUSHED_AT' ? repository.pushedAt : repository.updatedAt;
}

function orderOf(owner: Owner, field: string, world: World): Order {
  const slots = world.slotsOf(owner);
  if (field === 'CREATED_AT') return { slots, keys: undefined };
  const { orders } = computedFor(owner, world);
  const known = orders.get(field);
  if (known !== undefined) return known;
  const rows = Array.from(slots, (slot) => ({ slot, key: keyOf(world, field, slot) }));
  rows.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.slot - b.slot));
  const order = { slots: rows.map(({ slot }) => slot), keys: rows.map(({ key }) => key) };
  orders.set(field, order);
  return order;
}

/** How many rows of the ascending order are before the cursor, or at it. */
function position(
  { slots, keys }: Order,
  { key, databaseId }: Cursor,
  inclusive: boolean,
  world: World,
): number {
  let [low, high] = [0, slots.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const id = world.databaseId(slots[middle] as number);
    const value = keys?.[middle];
    const sameKey = value === undefined || key === undefined || value === key;
    const before = sameKey ? id < databaseId || (inclusive && id === databaseId) : value < key;
    if (before) low = middle + 1;
    else high = middle;
  }
  return low;
}

function filterOf(args: Arguments, world: World, seesPrivate: boolean): (slot: number) => boolean {
  const { isFork, isArchived } = args;
  const wanted = args.privacy ?? args.visibility ?? undefined;
  const owned = !Array.isArray(args.ownerAffiliations) || args.ownerAffiliations.includes('OWNER');
  return (slot) =>
    owned &&
    (seesPrivate || !world.isPrivate(slot)) &&
    (wanted === undefined || wanted === (world.isPrivate(slot) ? 'PRIVATE' : 'PUBLIC')) &&
    (typeof isFork !== 'boolean' || world.isFork(slot) === isFork) &&
    (typeof isArchived !== 'boolean' || world.isArchived(slot) === isArchived);
}

function countMatching(
  owner: Owner,
  args: Arguments,
  matches: (slot: number) => boolean,
  { world, seesPrivateOf }: RequestContext,
): number {
  const { isFork, isArchived, privacy, visibility, ownerAffiliations } = args;
  const seen = seesPrivateOf(owner);
  const key = JSON.stringify([isFork, isArchived, privacy, visibility, ownerAffiliations, seen]);
  const { counts } = computedFor(owner, world);
  const known = counts.get(key);
  if (known !== undefined) return known;
  const slots = world.slotsOf(owner);
  let count = 0;
  for (let i = 0; i < slots.length; i++) if (matches(slots[i] as number)) count++;
  counts.set(key, count);
  return count;
}

/** `repositories(first, after, orderBy, …)` of an owner. Without an order it is by creation, the oldest first. */
export function listRepositories(
  owner: Owner,
  args: Arguments,
  context: RequestContext,
  info: GraphQLResolveInfo,
): object {
  refuseOtherArguments(args, supported, info);
  const { world } = context;
  if (args.privacy && args.visibility) throw unsupported("'privacy' together with 'visibility'");
  const { first, after } = pageOf(args, info);
  const { field, direction } = (args.orderBy ?? { field: 'CREATED_AT', direction: 'ASC' }) as Record<
    string,
    string
  >;
  const order = orderOf(owner, field ?? 'CREATED_AT', world);
  const { slots, keys } = order;
  if (after && (after.key === undefined) !== (keys === undefined)) throw invalidCursor(String(args.after));
  const matches = filterOf(args, world, context.seesPrivateOf(owner));
  const descending = direction === 'DESC';

  const rows: number[] = [];
  const step = descending ? -1 : 1;
  let at = descending ? slots.length - 1 : 0;
  if (after) at = descending ? position(order, after, false, world) - 1 : position(order, after, true, world);
  const hasPrevious = after !== undefined;
  for (; first !== undefined && rows.length <= first && at >= 0 && at < slots.length; at += step)
    if (matches(slots[at] as number)) rows.push(at);
  const hasNextPage = first !== undefined && rows.length > first;
  if (hasNextPage) rows.pop();

  const cursorOf = (row: number | undefined) =>
    row === undefined
      ? null
      : encodeCursor({ key: keys?.[row], databaseId: world.databaseId(slots[row] as number) });
  const nodeOf = (row: number) => {
    const slot = slots[row] as number;
    const failure = context.missing(slot);
    if (failure === undefined) return new RepositoryNode(slot, context);
    return failureError(failure, owner.login, world.nameOf(slot), context);
  };
  return {
    nodes: () => rows.map(nodeOf),
    edges: () => rows.map((row) => ({ cursor: cursorOf(row), node: nodeOf(row) })),
    totalCount: () => countMatching(owner, args, matches, context),
    pageInfo: () => ({
      startCursor: cursorOf(rows[0]),
      endCursor: cursorOf(rows.at(-1)),
      hasNextPage,
      hasPreviousPage: hasPrevious,
    }),
  };
}
