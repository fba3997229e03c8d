/**
 * The fixed part of a world: who owns how many repositories, under which database ids, and which of them have names that
 * somebody asked for. Three integers per repository are kept; everything else is drawn when it is asked for.
 */
import { hash, textHash } from './hash.ts';
import { maxRepositoriesPerOwner, ownerNames, type OwnerNames } from './repository-name.ts';

export interface WorldOptions {
  readonly seed: number;
  /** All repositories there are; more when the named ones alone are more. */
  readonly repositories: number;
  /** Organisations, the largest first: the repositories nobody named are theirs. */
  readonly owners: readonly { readonly login: string }[];
  /** `owner/name` of repositories that exist; their owners exist too. */
  readonly individual: readonly string[];
  /** More `owner/name` that exist, such as those that an owner's exclusions name. */
  readonly named?: readonly string[];
  /** The moment the world is seen at, as an ISO time: nothing in it is younger. */
  readonly asOf?: string;
}

export interface PlannedOwner {
  readonly login: string;
  readonly type: 'Organization' | 'User';
  readonly databaseId: number;
  /** Repository numbers, ascending, which is also by database id and by creation. */
  readonly slots: Uint32Array;
  /** Names given by the options, by ordinal; all other names come from `names`. */
  readonly given: ReadonlyMap<number, string>;
  readonly givenOrdinals: ReadonlyMap<string, number>;
  readonly names: OwnerNames;
}

export interface WorldPlan {
  readonly seed: number;
  /** Epoch seconds. */
  readonly asOf: number;
  readonly owners: readonly PlannedOwner[];
  readonly size: number;
  readonly ownerOfSlot: Uint32Array;
  readonly ordinalOfSlot: Uint32Array;
  databaseId(slot: number): number;
  /** Epoch seconds, ascending with the slot. */
  createdAt(slot: number): number;
  slot(databaseId: number): number | undefined;
}

const kinds = {
  shuffle: textHash('shuffle'),
  databaseId: textHash('database-id'),
  ownerType: textHash('owner-type'),
  ownerId: textHash('owner-id'),
};
const FIRST_ID = 1_000_000;
const LAST_ID = 1_050_000_000;
/** GitHub opened to the public in April 2008. */
const FIRST_SECOND = Date.UTC(2008, 3, 10) / 1000;

interface Draft {
  readonly login: string;
  readonly organisation: boolean;
  readonly names: Map<string, string>;
  count: number;
}

function draftOwners(options: WorldOptions): Draft[] {
  const drafts = new Map<string, Draft>();
  for (const { login } of options.owners)
    drafts.set(login.toLowerCase(), { login, organisation: true, names: new Map(), count: 0 });
  for (const nameWithOwner of [...options.individual, ...(options.named ?? [])]) {
    const [login, name, more] = nameWithOwner.split('/');
    if (!login || !name || more !== undefined) throw new Error(`not owner/name: ${nameWithOwner}`);
    const key = login.toLowerCase();
    const organisation = hash(options.seed, kinds.ownerType, textHash(key)) % 10 < 6;
    const draft = drafts.get(key) ?? { login, organisation, names: new Map<string, string>(), count: 0 };
    drafts.set(key, draft);
    if (!draft.names.has(name.toLowerCase())) draft.names.set(name.toLowerCase(), name);
  }
  return [...drafts.values()];
}

/** Zipf's law: the n-th owner gets a share of 1/n of the largest. */
function share(total: number, receivers: readonly Draft[]): void {
  if (total > 0 && receivers.length === 0) throw new Error('a world with repositories needs an owner');
  const weight = receivers.reduce((sum, _, i) => sum + 1 / (i + 1), 0);
  let left = total;
  receivers.forEach((draft, i) => {
    const part = Math.floor(total / (i + 1) / weight);
    draft.count += part;
    left -= part;
  });
  for (let i = 0; left > 0; i = (i + 1) % receivers.length, left--) (receivers[i] as Draft).count += 1;
}

function shuffledOwners(seed: number, drafts: readonly Draft[], size: number): Uint32Array {
  const ownerOfSlot = new Uint32Array(size);
  let filled = 0;
  drafts.forEach((draft, owner) => {
    ownerOfSlot.fill(owner, filled, filled + draft.count);
    filled += draft.count;
  });
  for (let i = size - 1; i > 0; i--) {
    const j = hash(seed, kinds.shuffle, i) % (i + 1);
    const swapped = ownerOfSlot[i] as number;
    ownerOfSlot[i] = ownerOfSlot[j] as number;
    ownerOfSlot[j] = swapped;
  }
  return ownerOfSlot;
}

/** The names asked for, spread over the owner's ordinals; an invented name that one of them takes is given a version. */
function givenNames(draft: Draft, names: OwnerNames): Map<number, string> {
  const spread = draft.count / Math.max(1, draft.names.size);
  const given = new Map([...draft.names.values()].map((name, i) => [Math.floor((i + 0.5) * spread), name]));
  for (const taken of draft.names.values()) {
    const ordinal = names.ordinal(taken);
    if (ordinal === undefined || given.has(ordinal)) continue;
    let version = 2;
    while (draft.names.has(`${taken}-v${version}`.toLowerCase())) version++;
    given.set(ordinal, `${taken}-v${version}`);
  }
  return given;
}

/** Lays out a world. Throws when a name is not `owner/name`, or an owner would have too many repositories. */
export function planWorld(options: WorldOptions): WorldPlan {
  const { seed } = options;
  const asOf = Math.floor(Date.parse(options.asOf ?? '2026-08-01T00:00:00Z') / 1000);
  const drafts = draftOwners(options);
  for (const draft of drafts) draft.count = draft.names.size;
  const named = drafts.reduce((sum, draft) => sum + draft.count, 0);
  const organisations = drafts.slice(0, new Set(options.owners.map(({ login }) => login.toLowerCase())).size);
  share(Math.max(0, options.repositories - named), organisations.length > 0 ? organisations : drafts);
  const size = drafts.reduce((sum, draft) => sum + draft.count, 0);

  const ownerOfSlot = shuffledOwners(seed, drafts, size);
  const ordinalOfSlot = new Uint32Array(size);
  const slotsOf = drafts.map((draft) => new Uint32Array(draft.count));
  const filled = new Uint32Array(drafts.length);
  for (let slot = 0; slot < size; slot++) {
    const owner = ownerOfSlot[slot] as number;
    const ordinal = filled[owner] as number;
    filled[owner] = ordinal + 1;
    ordinalOfSlot[slot] = ordinal;
    (slotsOf[owner] as Uint32Array)[ordinal] = slot;
  }

  const owners = drafts.map((draft, index): PlannedOwner => {
    if (draft.count > maxRepositoriesPerOwner)
      throw new Error(`${draft.login} would have more than ${maxRepositoriesPerOwner} repositories`);
    const names = ownerNames(seed, draft.login, draft.count);
    const given = givenNames(draft, names);
    return {
      login: draft.login,
      type: draft.organisation ? 'Organization' : 'User',
      databaseId: 6_000_000 + index * 1000 + (hash(seed, kinds.ownerId, index) % 1000),
      slots: slotsOf[index] as Uint32Array,
      given,
      givenOrdinals: new Map([...given].map(([ordinal, name]) => [name.toLowerCase(), ordinal])),
      names,
    };
  });

  const step = Math.max(1, Math.floor((LAST_ID - FIRST_ID) / Math.max(1, size)));
  const databaseId = (slot: number) => FIRST_ID + slot * step + (hash(seed, kinds.databaseId, slot) % step);
  return {
    seed,
    asOf,
    owners,
    size,
    ownerOfSlot,
    ordinalOfSlot,
    databaseId,
    createdAt: (slot) =>
      Math.floor(FIRST_SECOND + (asOf - 86_400 - FIRST_SECOND) * Math.sqrt((slot + 0.5) / size)),
    slot(id) {
      const slot = Math.floor((id - FIRST_ID) / step);
      return slot >= 0 && slot < size && databaseId(slot) === id ? slot : undefined;
    },
  };
}
