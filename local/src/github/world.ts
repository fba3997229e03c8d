/** The world the simulator shows: owners and repositories, and everything that happens to them while somebody looks. */
import type { Failure } from './failure.ts';
import { drawFacts, isArchived, isFork, isoTime, type RepositoryFacts } from './repository-facts.ts';
import { WorldError } from './world-error.ts';
import { planWorld, type WorldOptions, type WorldPlan } from './world-plan.ts';

export interface Owner {
  readonly login: string;
  readonly type: 'Organization' | 'User';
  readonly databaseId: number;
}

export interface Repository extends RepositoryFacts {
  readonly slot: number;
  readonly databaseId: number;
  readonly owner: Owner;
  readonly name: string;
}

interface OwnerState extends Owner {
  readonly index: number;
  slots: ArrayLike<number>;
}

interface Place {
  readonly owner: OwnerState;
  readonly name: string;
}

/** Database ids of repositories added later start above those of the plan. */
const ADDED_FIRST_ID = 1_050_000_001;
const ADDED_STEP = 97;

/**
 * A repository is a slot, a number that it keeps for good. Slots below the plan's size are drawn from the plan; a slot
 * that was renamed, transferred or added has a place of its own. Names that were left redirect to the slot until
 * another repository takes them. Deleted slots are never used again. Every event moves the world's clock by a second.
 */
export class World {
  readonly #plan: WorldPlan;
  readonly #owners: OwnerState[];
  readonly #ownerByLogin: Map<string, OwnerState>;
  readonly #placed = new Map<number, Place>();
  readonly #slotByName = new Map<string, number>();
  readonly #redirects = new Map<string, number>();
  readonly #deleted = new Set<number>();
  readonly #changes = new Map<number, Partial<RepositoryFacts>>();
  readonly #failures = new Map<number | Owner, Failure>();
  readonly #addedAt: number[] = [];
  #clock: number;
  #version = 0;

  constructor(plan: WorldPlan) {
    this.#plan = plan;
    this.#clock = plan.asOf;
    this.#owners = plan.owners.map(({ login, type, databaseId, slots }, index) => ({
      login,
      type,
      databaseId,
      index,
      slots,
    }));
    this.#ownerByLogin = new Map(this.#owners.map((owner) => [owner.login.toLowerCase(), owner]));
  }

  get seed(): number {
    return this.#plan.seed;
  }

  get owners(): readonly Owner[] {
    return this.#owners;
  }

  /** Goes up with every event: what was computed from the world before is stale. */
  get version(): number {
    return this.#version;
  }

  findOwner(login: string): Owner | undefined {
    return this.#ownerByLogin.get(login.toLowerCase());
  }

  ownerByDatabaseId(databaseId: number): Owner | undefined {
    return this.#owners.find((owner) => owner.databaseId === databaseId);
  }

  /** The slots of an owner, private ones too, ascending: by database id and by creation. */
  slotsOf(owner: Owner): ArrayLike<number> {
    return (owner as OwnerState).slots;
  }

  /** The repository of this name in whatever case, private or not; old names count unless `followRenames` is false. */
  find(owner: string, name: string, followRenames = true): number | undefined {
    const key = `${owner}/${name}`.toLowerCase();
    const slot =
      this.#slotByName.get(key) ??
      this.#planned(owner, name) ??
      (followRenames ? this.#redirects.get(key) : undefined);
    return slot === undefined || this.#deleted.has(slot) ? undefined : slot;
  }

  slotOfDatabaseId(databaseId: number): number | undefined {
    const added = (databaseId - ADDED_FIRST_ID) / ADDED_STEP;
    const isAdded = Number.isInteger(added) && added >= 0 && added < this.#addedAt.length;
    const slot = isAdded ? this.#plan.size + added : this.#plan.slot(databaseId);
    return slot === undefined || this.#deleted.has(slot) ? undefined : slot;
  }

  databaseId(slot: number): number {
    const added = slot - this.#plan.size;
    return added < 0 ? this.#plan.databaseId(slot) : ADDED_FIRST_ID + added * ADDED_STEP;
  }

  ownerOf(slot: number): Owner {
    return this.#place(slot).owner;
  }

  nameOf(slot: number): string {
    return this.#place(slot).name;
  }

  isFork(slot: number): boolean {
    return this.#changes.get(slot)?.isFork ?? isFork(this.seed, slot);
  }

  isArchived(slot: number): boolean {
    return this.#changes.get(slot)?.isArchived ?? isArchived(this.seed, slot);
  }

  isPrivate(slot: number): boolean {
    return this.#changes.get(slot)?.isPrivate ?? false;
  }

  describe(slot: number): Repository {
    const created = this.#addedAt[slot - this.#plan.size] ?? this.#plan.createdAt(slot);
    const facts = drawFacts(this.seed, slot, created, Math.max(created, this.#plan.asOf));
    const { owner, name } = this.#place(slot);
    return { ...facts, ...this.#changes.get(slot), slot, databaseId: this.databaseId(slot), owner, name };
  }

  /** Every repository there is now, private ones too, in order of creation. */
  *slots(): Iterable<number> {
    for (let slot = 0; slot < this.#plan.size + this.#addedAt.length; slot++)
      if (!this.#deleted.has(slot)) yield slot;
  }

  /** A new name under the same owner; the old one redirects. */
  rename(nameWithOwner: string, name: string): void {
    const slot = this.#existing(nameWithOwner);
    this.#move(slot, { owner: this.#place(slot).owner, name: name.slice(name.indexOf('/') + 1) });
  }

  transfer(nameWithOwner: string, login: string): void {
    const slot = this.#existing(nameWithOwner);
    this.#move(slot, { owner: this.#existingOwner(login), name: this.#place(slot).name });
  }

  delete(nameWithOwner: string): void {
    const slot = this.#existing(nameWithOwner);
    const { owner, name } = this.#place(slot);
    owner.slots = Array.from(owner.slots).filter((other) => other !== slot);
    this.#slotByName.delete(`${owner.login}/${name}`.toLowerCase());
    this.#deleted.add(slot);
    this.#tick();
  }

  /** A new repository, the youngest of all; facts that are not given are drawn. */
  add(login: string, repository: { readonly name: string } & Partial<RepositoryFacts>): void {
    const { name, ...facts } = repository;
    const owner = this.#existingOwner(login);
    this.#refuseTaken(owner, name);
    this.#tick();
    const slot = this.#plan.size + this.#addedAt.length;
    this.#addedAt.push(this.#clock);
    this.#changes.set(slot, { isArchived: false, isFork: false, archivedAt: null, ...facts });
    this.#settle(slot, { owner, name });
  }

  archive(nameWithOwner: string, archived = true): void {
    const archivedAt = archived ? isoTime(this.#clock + 1) : null;
    this.change(nameWithOwner, { isArchived: archived, archivedAt });
  }

  makePrivate(nameWithOwner: string, isPrivate = true): void {
    this.change(nameWithOwner, { isPrivate });
  }

  change(nameWithOwner: string, facts: Partial<RepositoryFacts>): void {
    this.#touch(this.#existing(nameWithOwner), facts);
  }

  /** Lets a repository (`owner/name`) or an owner (`login`) fail until it is told otherwise (null). */
  fail(target: string, failure: Failure | null): void {
    const key = target.includes('/') ? this.#existing(target) : this.#existingOwner(target);
    if (failure === null) this.#failures.delete(key);
    else this.#failures.set(key, failure);
  }

  /** Takes the next second for an event to come: the world after it is the same whenever it happens. */
  reserve(): number {
    return (this.#clock += 1);
  }

  /** Makes a change as if it were that second. */
  at(second: number, change: () => void): void {
    const clock = this.#clock;
    this.#clock = second - 1;
    try {
      change();
    } finally {
      this.#clock = clock;
    }
  }

  failureOf(slot: number): Failure | undefined {
    if (this.#failures.size === 0) return undefined;
    return this.#failures.get(slot) ?? this.#failures.get(this.ownerOf(slot));
  }

  failureOfOwner(owner: Owner): Failure | undefined {
    return this.#failures.get(owner);
  }

  #planned(owner: string, name: string): number | undefined {
    const state = this.#ownerByLogin.get(owner.toLowerCase());
    if (state === undefined) return undefined;
    const planned = this.#plan.owners[state.index];
    const given = planned?.givenOrdinals.get(name.toLowerCase());
    const ordinal = given ?? planned?.names.ordinal(name);
    if (ordinal === undefined || (given === undefined && planned?.given.has(ordinal))) return undefined;
    const slot = planned?.slots[ordinal];
    return slot === undefined || this.#placed.has(slot) || this.#deleted.has(slot) ? undefined : slot;
  }

  #place(slot: number): Place {
    const placed = this.#placed.get(slot);
    if (placed !== undefined) return placed;
    const index = this.#plan.ownerOfSlot[slot] ?? -1;
    const ordinal = this.#plan.ordinalOfSlot[slot] ?? -1;
    const owner = this.#owners[index];
    const planned = this.#plan.owners[index];
    if (owner === undefined || planned === undefined) throw new RangeError(`no repository ${slot}`);
    return { owner, name: planned.given.get(ordinal) ?? planned.names.name(ordinal) };
  }

  #existing(nameWithOwner: string): number {
    const [owner = '', name = ''] = nameWithOwner.split('/');
    const slot = this.find(owner, name, false);
    if (slot === undefined) throw new WorldError(`there is no repository ${nameWithOwner}`);
    return slot;
  }

  #existingOwner(login: string): OwnerState {
    const owner = this.#ownerByLogin.get(login.toLowerCase());
    if (owner === undefined) throw new WorldError(`there is no owner ${login}`);
    return owner;
  }

  #refuseTaken(owner: Owner, name: string, self?: number): void {
    const slot = this.find(owner.login, name, false);
    if (slot !== undefined && slot !== self) throw new WorldError(`${owner.login}/${name} exists already`);
  }

  #move(slot: number, to: Place): void {
    this.#refuseTaken(to.owner, to.name, slot);
    const { owner, name } = this.#place(slot);
    const from = `${owner.login}/${name}`.toLowerCase();
    this.#slotByName.delete(from);
    owner.slots = Array.from(owner.slots).filter((other) => other !== slot);
    this.#redirects.set(from, slot);
    this.#settle(slot, to);
    this.#touch(slot, {});
  }

  #settle(slot: number, place: Place): void {
    const key = `${place.owner.login}/${place.name}`.toLowerCase();
    this.#placed.set(slot, place);
    this.#slotByName.set(key, slot);
    this.#redirects.delete(key);
    place.owner.slots = [...Array.from(place.owner.slots), slot].toSorted((a, b) => a - b);
  }

  #touch(slot: number, facts: Partial<RepositoryFacts>): void {
    this.#tick();
    this.#changes.set(slot, { ...this.#changes.get(slot), updatedAt: isoTime(this.#clock), ...facts });
  }

  #tick(): void {
    this.#clock += 1;
    this.#version += 1;
  }
}

/** Builds a world: the same options give the same world, whatever the machine and the day. */
export function createWorld(options: WorldOptions): World {
  return new World(planWorld(options));
}
