import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome, OutcomeEntry } from './documents.ts';
import {
  emptyOutcome,
  isSettled,
  mergeEntry,
  mergeOutcome,
  pendingEntries,
  unsettled,
  type OutcomeUpdate,
} from './outcome.ts';

const ids = { runId: '1611127298', batchId: 'b-s00001-00001-1' };
const update = (entries: OutcomeUpdate['entries']): OutcomeUpdate => ({ ...ids, entries });
const created = (attempt: number): OutcomeEntry => ({ state: 'created', attempt });
const failed = (attempt: number): OutcomeEntry => ({ state: 'failed', attempt, reason: 'timeout' });
const pending = (attempt: number): OutcomeEntry => ({ state: 'pending', attempt });
const duplicate = (attempt: number): OutcomeEntry => ({ state: 'duplicate', attempt });
const inOrder = (...entries: OutcomeEntry[]): OutcomeEntry | undefined =>
  entries.reduce<OutcomeEntry | undefined>(mergeEntry, undefined);

describe('what became of a name', () => {
  it('is what was learned first, when nothing was known', () => {
    expect(inOrder(failed(1))).toEqual(failed(1));
  });

  it('is never a failure once it was created, but says why the newer attempt failed', () => {
    const stands = { state: 'created', attempt: 2, reason: 'timeout' };
    expect(inOrder(created(1), failed(2))).toEqual(stands);
    expect(inOrder(created(2), failed(2))).toEqual(stands);
    expect(inOrder(created(1), duplicate(2))).toEqual(created(2));
  });

  it('is created when the document of an older attempt was stored after the newer had failed', () => {
    expect(inOrder(failed(2), created(1))).toEqual(inOrder(created(1), failed(2)));
  });

  it('is never decided by an older attempt', () => {
    expect(inOrder(created(3), pending(2))).toEqual(created(3));
    expect(inOrder(failed(3), duplicate(2))).toEqual(failed(3));
    expect(inOrder(pending(3), failed(2))).toEqual(pending(3));
  });

  it('is created when a later delivery of the same attempt succeeds', () => {
    expect(inOrder(failed(1), created(1))).toEqual(created(1));
  });

  it('is open again when it is marked pending, and remembers that it had been created', () => {
    expect(inOrder(failed(1), pending(2))).toEqual(pending(2));
    expect(inOrder({ ...created(1), as: 'new/name' }, pending(2))).toEqual({
      state: 'pending',
      attempt: 2,
      was: 'created',
      as: 'new/name',
    });
  });

  it('keeps the canonical name of its document through a rerun that fails', () => {
    expect(inOrder({ ...created(1), as: 'new/name' }, pending(2), failed(2))).toEqual({
      state: 'created',
      attempt: 2,
      as: 'new/name',
      reason: 'timeout',
    });
  });

  it('forgets that it was pending when the rerun creates it', () => {
    expect(inOrder(created(1), pending(2), created(2))).toEqual(created(2));
    expect(inOrder(failed(1), pending(2), duplicate(2))).toEqual(duplicate(2));
  });

  it('keeps what was told of its names through repetitions, failures and reruns, once', () => {
    const told = { as: 'new/name', renamedFrom: 'old/name', tookNameOf: 'R_2', repoId: 'R_1' };
    const first: OutcomeEntry = { ...created(1), ...told };
    expect(inOrder(first, first)).toEqual(first);
    expect(inOrder(first, { ...created(1), as: 'new/name' })).toEqual(first);
    expect(inOrder(first, pending(2))).toEqual({ ...pending(2), was: 'created', ...told });
    expect(inOrder(first, pending(2), failed(2))).toEqual({ ...created(2), reason: 'timeout', ...told });
    expect(inOrder(first, pending(2), { ...created(2), as: 'new/name' })).toEqual({ ...created(2), ...told });
  });

  it('tells nothing of a name that it had in between', () => {
    const between: OutcomeEntry = { ...created(1), as: 'new/name', renamedFrom: 'old/name' };
    expect(inOrder(between, pending(2), created(2))).toEqual(created(2));
    const newest: OutcomeEntry = { ...created(2), as: 'newest/name', renamedFrom: 'old/name' };
    expect(inOrder(between, pending(2), newest)).toEqual(newest);
  });

  it('is not opened again by a mark of the attempt that settled it', () => {
    for (const entry of [created(2), failed(2), duplicate(2)])
      expect(inOrder(entry, pending(2))).toEqual(entry);
  });

  const entry: fc.Arbitrary<OutcomeEntry> = fc.oneof(
    fc.record({
      state: fc.constantFrom('created' as const),
      attempt: fc.nat(9),
      as: fc.constant('new/name'),
      renamedFrom: fc.constantFrom('old/name', undefined),
    }),
    fc.record({
      state: fc.constantFrom('failed' as const, 'duplicate' as const),
      attempt: fc.nat(9),
      reason: fc.constantFrom('timeout' as const, 'not-found' as const),
    }),
    fc.record({ state: fc.constant('pending' as const), attempt: fc.nat(9) }),
  );
  const withOrder = <T>(list: fc.Arbitrary<T[]>) =>
    list.chain((l) => fc.tuple(fc.constant(l), fc.shuffledSubarray(l, { minLength: l.length })));

  it('does not depend on the order in which distinct attempts arrive', () => {
    const attempts = fc.uniqueArray(entry, { selector: (e) => e.attempt, minLength: 1, maxLength: 7 });
    fc.assert(
      fc.property(withOrder(attempts), ([list, shuffled]) => {
        expect(inOrder(...shuffled)).toEqual(inOrder(...list));
      }),
      { numRuns: 2_000 },
    );
  });

  it('never loses a created, nor the newest attempt, however often and in whatever order updates arrive', () => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 12 }), (list) => {
        const end = inOrder(...list)!;
        const newest = Math.max(...list.map((e) => e.attempt));
        expect(end.attempt).toBe(newest);
        const keepsCreated = end.state === 'created' || (end.state === 'pending' && end.was === 'created');
        expect(keepsCreated).toBe(list.some((e) => e.state === 'created'));
        expect(mergeEntry(end, list.at(-1)!)).toEqual(end);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('what the outcome of a batch cost', () => {
  const spent = (calls: number) => ({ calls, points: calls, seconds: 0.5 * calls });
  const of = (calls: number, queries?: Outcome['queries'], refusedBy?: string[]): OutcomeUpdate => ({
    ...update({ [`o/r${calls}`]: created(1) }),
    cost: { ...spent(calls), ...(queries && { queries }) },
    ...(refusedBy && { refusedBy }),
  });

  it('is summed by query, and names each refused credential once', () => {
    const one = mergeOutcome(undefined, of(1, { stats: spent(1) }, ['b']));
    const two = mergeOutcome(one, of(3, { stats: spent(2), fields: spent(1) }, ['a', 'b']));
    expect(two).toMatchObject({
      calls: 4,
      queries: { stats: spent(3), fields: spent(1) },
      refusedBy: ['a', 'b'],
    });
    expect(mergeOutcome(two, of(3, { stats: spent(2) }, ['c']))).toBeUndefined();
  });

  it('says nothing of queries and credentials when it was told nothing', () => {
    const outcome = mergeOutcome(undefined, of(1));
    expect(outcome).not.toHaveProperty('queries');
    expect(outcome).not.toHaveProperty('refusedBy');
  });
});

describe('the outcome of a batch', () => {
  const first = mergeOutcome(undefined, {
    ...update({ a: created(1), b: failed(1), c: duplicate(1) }),
    cost: { calls: 1, points: 2, seconds: 0.5 },
    ru: 6,
  })!;

  it('counts its entries and sums its costs', () => {
    expect(first).toEqual({
      ...emptyOutcome(ids.runId, ids.batchId),
      entries: { a: created(1), b: failed(1), c: duplicate(1) },
      created: 1,
      failed: 1,
      duplicate: 1,
      calls: 1,
      points: 2,
      seconds: 0.5,
      ru: 6,
    });
    const next = mergeOutcome(first, {
      ...update({ d: created(1) }),
      cost: { calls: 1, points: 1, seconds: 1 },
      ru: 2,
    });
    expect(next).toMatchObject({ created: 2, calls: 2, points: 3, seconds: 1.5, ru: 8 });
  });

  it('is not written for a message that was delivered again', () => {
    expect(mergeOutcome(first, { ...update({ a: created(1), b: failed(1) }), ru: 1 })).toBeUndefined();
    expect(mergeOutcome(first, update({}))).toBeUndefined();
  });

  it('does not change the outcome that it was merged into', () => {
    const before = structuredClone(first);
    mergeOutcome(first, update({ b: created(2) }));
    expect(first).toEqual(before);
  });

  it('counts how often names were marked pending again', () => {
    const reopened = mergeOutcome(first, update({ b: pending(2) }), true)!;
    expect(reopened).toMatchObject({ created: 1, failed: 0, pending: 1, reopened: 1 });
    const settled = mergeOutcome(reopened, update({ b: created(2) }))!;
    expect(settled).toMatchObject({ created: 2, failed: 0, pending: 0, reopened: 1 });
  });

  it('needs a new revision when a late message settles a settled name otherwise, and not when it settles a new one', () => {
    expect(mergeOutcome(first, update({ b: created(1) }))).toMatchObject({
      created: 2,
      failed: 0,
      reopened: 1,
    });
    expect(mergeOutcome(first, update({ d: created(1) }))).toMatchObject({ reopened: 0 });
    expect(mergeOutcome(first, update({ a: failed(2) }))).toMatchObject({ created: 1, reopened: 0 });
  });

  it('has counts that are those of its entries, whatever arrives', () => {
    const states = fc.constantFrom(created, failed, pending, duplicate);
    const entries = fc.dictionary(
      fc.constantFrom('a', 'b', 'c', 'd'),
      fc.tuple(states, fc.nat(4)).map(([s, n]) => s(n)),
    );
    fc.assert(
      fc.property(fc.array(entries, { maxLength: 8 }), (updates) => {
        const end = updates.reduce<Outcome | undefined>(
          (now, e) => mergeOutcome(now, update(e)) ?? now,
          undefined,
        );
        const all = Object.values(end?.entries ?? {});
        for (const state of ['created', 'failed', 'duplicate', 'pending'] as const)
          expect(end?.[state] ?? 0).toBe(all.filter((e) => e.state === state).length);
      }),
    );
  });
});

describe('what is left of a batch', () => {
  const repos = ['a', 'b', 'c', 'd'].map((nameWithOwner) => ({ nameWithOwner }));
  const outcome = mergeOutcome(undefined, update({ a: created(1), b: failed(3), c: pending(2) }))!;

  it('is what has no settled entry', () => {
    expect(unsettled(repos, outcome).map((r) => r.nameWithOwner)).toEqual(['c', 'd']);
    expect(unsettled(repos, undefined)).toEqual(repos);
    expect([undefined, pending(1), created(1), failed(1), duplicate(1)].map(isSettled)).toEqual([
      false,
      false,
      true,
      true,
      true,
    ]);
  });

  it('is marked for one attempt after all that is known of it', () => {
    expect(pendingEntries(['a', 'b', 'd'], outcome)).toEqual({
      attempt: 4,
      entries: { a: pending(4), b: pending(4), d: pending(4) },
    });
    expect(pendingEntries([], undefined)).toEqual({ attempt: 1, entries: {} });
  });
});
