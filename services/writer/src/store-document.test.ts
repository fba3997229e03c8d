import { RUN_ID } from '@github-repo-stats/shared/run.fixture';
import { describe, expect, it } from 'vitest';
import { memoryKnown, memoryStats, statsOf, type Fault } from './stats.fixture.ts';
import { storeDocument } from './store-document.ts';

const outage = Object.assign(new Error('away'), { code: 503 });

/** Stores one document where `there` stand already; faults happen in their order. */
function world(options: { there?: ReturnType<typeof statsOf>[]; faults?: Fault[] } = {}) {
  const memory = memoryStats();
  for (const document of options.there ?? []) memory.put(document);
  memory.faults.push(...(options.faults ?? []));
  const charges: (number | 'unknown')[] = [];
  const pauses: number[] = [];
  let admitted = 0;
  const deps = {
    store: memory.store,
    known: memoryKnown().known,
    pacer: {
      admit: () => Promise.resolve(void admitted++),
      charged: (ru: number | 'unknown') => void charges.push(ru),
    },
    sleep: (ms: number) => Promise.resolve(void pauses.push(ms)),
  };
  return { ...memory, deps, charges, pauses, admitted: () => admitted };
}

const ours = statsOf('o/a', { collectedAt: '2021-01-20T08:00:00.000Z' });
const earlier = { collectedAt: '2021-01-20T07:00:00.000Z' };

const PREVIOUS = String(Number(RUN_ID) - 21_600);
/** The document of the same repository in the run before. */
const formerly = (repo: string) =>
  statsOf(repo, { id: `${repo.replace('/', '.')}.${PREVIOUS}`, runId: PREVIOUS });

describe('storing a document', () => {
  it('creates it when it is new', async () => {
    const w = world();
    expect(await storeDocument(ours, {}, w.deps)).toEqual({
      state: 'created',
      ru: 6,
      existed: false,
      document: expect.objectContaining(ours) as unknown,
    });
    expect(w.documents.get(ours.id)?.document).toMatchObject(ours);
  });

  it('counts as created when the same document is there already', async () => {
    const w = world({ there: [ours] });
    expect(await storeDocument(ours, {}, w.deps)).toEqual({
      state: 'created',
      ru: 3,
      existed: true,
      document: expect.objectContaining(ours) as unknown,
    });
    expect(w.requests).toEqual(['create', 'read']);
  });

  it('replaces an older one of its batch when the numbers differ', async () => {
    const w = world({ there: [statsOf('o/a', { ...earlier, stars: 1 })] });
    expect(await storeDocument(ours, {}, w.deps)).toEqual({
      state: 'created',
      ru: 14,
      existed: true,
      document: expect.objectContaining(ours) as unknown,
    });
    expect(w.documents.get(ours.id)?.document.stars).toBe(3378);
  });

  it('leaves an older one with the same numbers alone, though attempt and time differ', async () => {
    const w = world({ there: [statsOf('o/a', { ...earlier, attempt: 1 })] });
    await storeDocument({ ...ours, attempt: 2 }, {}, w.deps);
    expect(w.requests).toEqual(['create', 'read']);
    expect(w.documents.get(ours.id)?.document.attempt).toBe(1);
  });

  it('never replaces a newer one by a late redelivery', async () => {
    const w = world({ there: [statsOf('o/a', { collectedAt: '2021-01-20T09:00:00.000Z', stars: 9 })] });
    expect(await storeDocument(ours, {}, w.deps)).toMatchObject({ state: 'created', existed: true });
    expect(w.documents.get(ours.id)?.document.stars).toBe(9);
  });

  it('is a duplicate when another batch of the run stored the repository', async () => {
    const w = world({ there: [statsOf('o/a', { ...earlier, batchId: 'b-s00002-00001-1', stars: 1 })] });
    expect(await storeDocument(ours, {}, w.deps)).toEqual({
      state: 'duplicate',
      ru: 3,
      by: 'b-s00002-00001-1',
      as: 'o/a',
    });
    expect(w.documents.get(ours.id)?.document.stars).toBe(1);
  });

  it('reads again when somebody wrote between reading and replacing', async () => {
    const w = world({ there: [statsOf('o/a', { ...earlier, stars: 1 })] });
    w.faults.push({ on: 'replace', before: () => w.put(statsOf('o/a', { ...earlier, stars: 2 })) });
    expect(await storeDocument(ours, {}, w.deps)).toMatchObject({ state: 'created', existed: true });
    expect(w.documents.get(ours.id)?.document.stars).toBe(3378);
    expect(w.requests.filter((r) => r === 'replace')).toHaveLength(2);
  });

  it('creates it anew when it is gone between creating and reading', async () => {
    const w = world({ there: [ours] });
    w.faults.push({ on: 'read', before: () => w.documents.clear() });
    expect(await storeDocument(ours, {}, w.deps)).toMatchObject({ state: 'created', existed: false });
    expect(w.documents.size).toBe(1);
  });

  it('fails by itself when Cosmos DB refuses the document', async () => {
    const w = world({ faults: [{ on: 'create', reply: { kind: 'refused', ru: 1, detail: 'too large' } }] });
    expect(await storeDocument(ours, {}, w.deps)).toEqual({
      state: 'failed',
      ru: 1,
      detail: 'too large',
    });
  });

  it('fails by itself when Cosmos DB refuses what is to replace an older one', async () => {
    const w = world({
      there: [statsOf('o/a', { ...earlier, stars: 1 })],
      faults: [{ on: 'replace', reply: { kind: 'refused', ru: 1, detail: 'too large' } }],
    });
    expect(await storeDocument(ours, {}, w.deps)).toMatchObject({
      state: 'failed',
      detail: 'too large',
    });
  });

  it.each(['create', 'read', 'replace'] as const)(
    'waits out a throttled %s for as long as asked',
    async (on) => {
      const throttled = (retryAfterMs: number): Fault => ({
        on,
        reply: { kind: 'ask-again', status: 429, ru: 0.5, retryAfterMs },
      });
      const there = on === 'create' ? [] : [statsOf('o/a', { ...earlier, stars: 1 })];
      const w = world({ there, faults: [throttled(20), throttled(400)] });
      expect(await storeDocument(ours, {}, w.deps)).toMatchObject({ state: 'created' });
      expect(w.pauses).toEqual([20, 400]);
      expect(w.documents.get(ours.id)?.document.stars).toBe(3378);
    },
  );

  it.each(['create', 'read', 'replace'] as const)('throws when Cosmos DB is away at %s', async (on) => {
    const there = on === 'create' ? [] : [statsOf('o/a', { ...earlier, stars: 1 })];
    const w = world({ there, faults: [{ on, error: outage }] });
    await expect(storeDocument(ours, {}, w.deps)).rejects.toBe(outage);
    expect(w.charges.at(-1)).toBe('unknown');
  });

  it('writes the former name into it, and tells it', async () => {
    const w = world({ there: [formerly('o/old')] });
    const told = { previousName: 'o/old' };
    expect(await storeDocument(ours, { previousRunId: PREVIOUS }, w.deps)).toEqual({
      state: 'created',
      ru: 1 + 2 * 3 + 6,
      existed: false,
      document: { ...ours, ...told },
    });
    expect(w.documents.get(ours.id)?.document).toMatchObject({ ...ours, ...told });
  });

  it('looks nothing up in a run that has none before it', async () => {
    const w = world({ there: [formerly('o/old')] });
    expect(await storeDocument(ours, {}, w.deps)).toMatchObject({ document: ours });
    expect(w.requests).toEqual(['create']);
  });

  it('tells again what was told, though the run before has meanwhile stored it under its name', async () => {
    const w = world({ there: [formerly('o/old')] });
    await storeDocument(ours, { previousRunId: PREVIOUS }, w.deps);
    w.put(formerly('o/a'));
    const newer = { ...ours, collectedAt: '2021-01-20T09:00:00.000Z', stars: 9 };
    const told = { previousName: 'o/old' };
    expect(await storeDocument(newer, { previousRunId: PREVIOUS }, w.deps)).toMatchObject({
      existed: true,
      document: told,
    });
    expect(w.documents.get(ours.id)?.document).toMatchObject({ stars: 9, ...told });
    const writes = w.requests.filter((r) => r === 'replace').length;
    await storeDocument(newer, { previousRunId: PREVIOUS }, w.deps);
    expect(w.requests.filter((r) => r === 'replace')).toHaveLength(writes);
  });

  it('is a duplicate when another batch stored the repository under the name that it had a moment ago', async () => {
    const by = 'b-s00002-00001-1';
    const w = world({ there: [statsOf('o/old', { batchId: by })] });
    expect(await storeDocument(ours, { previousRunId: PREVIOUS }, w.deps)).toEqual({
      state: 'duplicate',
      ru: 1 + 3,
      by,
      as: 'o/old',
    });
    expect(w.documents.has(ours.id)).toBe(false);
  });

  it('is admitted and charged once for every request, failed ones included', async () => {
    const throttled: Fault = {
      on: 'create',
      reply: { kind: 'ask-again', status: 429, ru: 0.38, retryAfterMs: 5 },
    };
    const w = world({ there: [statsOf('o/a', { ...earlier, stars: 1 })], faults: [throttled] });
    const { ru } = await storeDocument(ours, {}, w.deps);
    expect(w.charges).toEqual([0.38, 2, 1, 11]);
    expect(ru).toBeCloseTo(14.38);
    expect(w.admitted()).toBe(w.requests.length);
  });
});
