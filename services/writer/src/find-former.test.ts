import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RepoStats } from '@github-repo-stats/shared/documents';
import { statsId } from '@github-repo-stats/shared/ids';
import { RUN_ID } from '@github-repo-stats/shared/run.fixture';
import { findFormer } from './find-former.ts';
import { paidRequests } from '@github-repo-stats/shared/cosmos/paid-request';
import { BATCH_ID, CHARGE, memoryStats, statsOf, type Fault } from './stats.fixture.ts';

/** Runs before the one that is written, the latest last. */
const [LONG_AGO, BEFORE, PREVIOUS] = ['1611000000', '1611050000', '1611100000'] as const;
const LATER = '1611200000';

const inRun = (runId: string, repo: string, repoId: string, more: Partial<RepoStats> = {}): RepoStats =>
  statsOf(repo, { id: statsId(repo, runId), runId, repoId, ...more });

async function former(repo: string, repoId: string, there: readonly RepoStats[], faults: Fault[] = []) {
  const memory = memoryStats();
  for (const document of there) memory.put(document);
  memory.faults.push(...faults);
  const charges: (number | 'unknown')[] = [];
  const pauses: number[] = [];
  const requests = paidRequests({
    pacer: {
      admit: () => Promise.resolve(),
      charged: (ru) => void charges.push(ru),
    },
    sleep: (ms) => Promise.resolve(void pauses.push(ms)),
  });
  const all = await findFormer(statsOf(repo, { repoId }), PREVIOUS, memory.store, requests);
  const found = 'told' in all ? { told: all.told } : all;
  return {
    found,
    seen: 'told' in all ? all.seen : undefined,
    requests: memory.requests,
    ru: requests.ru(),
    charges,
    pauses,
  };
}
const nothing = { told: {} };

describe('what a repository was before', () => {
  it('is known from one point read when the previous run has it under this name', async () => {
    const { found, requests, ru } = await former('o/a', 'R_1', [
      inRun(BEFORE, 'o/old', 'R_1'),
      inRun(PREVIOUS, 'o/a', 'R_1'),
    ]);
    expect(found).toEqual(nothing);
    expect(requests).toEqual(['seen']);
    expect(ru).toBe(CHARGE.read);
  });

  it('hands on what it has read of the previous run, so that it is read once', async () => {
    const { seen } = await former('o/a', 'R_1', [inRun(PREVIOUS, 'o/a', 'R_1', { stars: 7 })]);
    expect(seen).toMatchObject({ repo: 'o/a', runId: PREVIOUS, stars: 7 });
  });

  it('is another name, when the previous run has it under that', async () => {
    const { found } = await former('o/new', 'R_1', [inRun(PREVIOUS, 'o/old', 'R_1')]);
    expect(found).toEqual({ told: { previousName: 'o/old' } });
  });

  it('is the latest of the names that it had, even if it failed in the runs since', async () => {
    const { found } = await former('o/new', 'R_1', [
      inRun(BEFORE, 'o/middle', 'R_1'),
      inRun(LONG_AGO, 'o/old', 'R_1'),
    ]);
    expect(found).toEqual({ told: { previousName: 'o/middle' } });
  });

  it('is known when it was only missing from the previous run', async () => {
    const { found } = await former('o/a', 'R_1', [
      inRun(BEFORE, 'o/a', 'R_1'),
      inRun(LONG_AGO, 'o/old', 'R_1'),
    ]);
    expect(found).toEqual(nothing);
  });

  it('is nothing for a new repository', async () => {
    const { found } = await former('o/a', 'R_1', [inRun(PREVIOUS, 'o/b', 'R_2')]);
    expect(found).toEqual(nothing);
  });

  it('is another repository under its name, when that name was taken over', async () => {
    const { found } = await former('o/a', 'R_1', [inRun(PREVIOUS, 'o/a', 'R_2')]);
    expect(found).toEqual({ told: { tookNameOf: 'R_2' } });
  });

  it('is both, when it was renamed to a name that was taken over', async () => {
    const { found } = await former('o/a', 'R_1', [
      inRun(PREVIOUS, 'o/a', 'R_2'),
      inRun(PREVIOUS, 'o/b', 'R_1'),
    ]);
    expect(found).toEqual({ told: { previousName: 'o/b', tookNameOf: 'R_2' } });
  });

  it('is noticed as taken over though the name stood free for some runs', async () => {
    const { found } = await former('o/a', 'R_1', [inRun(LONG_AGO, 'o/a', 'R_2')]);
    expect(found).toEqual({ told: { tookNameOf: 'R_2' } });
  });

  it('is not taken over when it comes back to a name that it had last', async () => {
    const { found } = await former('o/a', 'R_1', [
      inRun(LONG_AGO, 'o/a', 'R_2'),
      inRun(BEFORE, 'o/a', 'R_1'),
      inRun(PREVIOUS, 'o/b', 'R_1'),
    ]);
    expect(found).toEqual({ told: { previousName: 'o/b' } });
  });

  it('is told once, though the run that told it is not the one that is looked at first', async () => {
    const toldBy = '1611110000';
    const { found } = await former('o/a', 'R_1', [
      inRun(PREVIOUS, 'o/a', 'R_2'),
      inRun(PREVIOUS, 'o/b', 'R_1'),
      inRun(toldBy, 'o/a', 'R_1'),
    ]);
    expect(found).toEqual(nothing);
  });

  it('is taken over when another had its name since', async () => {
    const { found } = await former('o/a', 'R_1', [
      inRun(BEFORE, 'o/a', 'R_1'),
      inRun(PREVIOUS, 'o/a', 'R_2'),
    ]);
    expect(found).toEqual({ told: { tookNameOf: 'R_2' } });
  });

  it('does not depend on what this run or a later one stored: a redelivery finds the same', async () => {
    const before = [inRun(PREVIOUS, 'o/old', 'R_1')];
    const after = [...before, inRun(RUN_ID, 'o/new', 'R_1'), inRun(LATER, 'o/newest', 'R_1')];
    expect((await former('o/new', 'R_1', after)).found).toEqual((await former('o/new', 'R_1', before)).found);
  });

  it('is said by no document of the first generation, which has no node id', async () => {
    const { repoId: _none, ...old } = inRun(PREVIOUS, 'o/a', 'R_1');
    const { found, requests } = await former('o/a', 'R_1', [old as RepoStats]);
    expect(found).toEqual(nothing);
    expect(requests).toEqual(['seen']);
    const { found: freed } = await former('o/a', 'R_1', [
      { ...old, runId: BEFORE, id: 'o.a.1' } as RepoStats,
    ]);
    expect(freed).toEqual(nothing);
  });

  it('is elsewhere, when another batch of this run has it under the name that it had until a moment ago', async () => {
    const batchId = 'b-s00002-00001-1';
    const there = [inRun(PREVIOUS, 'o/a', 'R_1'), inRun(RUN_ID, 'o/a', 'R_1', { batchId })];
    const { found } = await former('p/a', 'R_1', there);
    expect(found).toMatchObject({ elsewhere: { repo: 'o/a', batchId } });
  });

  it('is not elsewhere, when its own batch stored it under an older name', async () => {
    const there = [inRun(PREVIOUS, 'o/a', 'R_1'), inRun(RUN_ID, 'o/a', 'R_1', { batchId: BATCH_ID })];
    expect((await former('p/a', 'R_1', there)).found).toEqual({ told: { previousName: 'o/a' } });
  });

  it.each(['seen', 'latest'] as const)(
    'waits out a throttled request (%s), and is charged for it',
    async (on) => {
      const reply = { kind: 'ask-again', status: 429, ru: 0.38, retryAfterMs: 40 } as const;
      const there = [inRun(PREVIOUS, 'o/old', 'R_1')];
      const { found, charges, pauses, ru } = await former('o/new', 'R_1', there, [{ on, reply }]);
      expect(found).toEqual({ told: { previousName: 'o/old' } });
      expect(pauses).toEqual([40]);
      expect(charges.map(Number).toSorted((a, b) => a - b)).toEqual([
        0.38,
        CHARGE.read,
        CHARGE.latest,
        CHARGE.latest,
      ]);
      expect(ru).toBeCloseTo(0.38 + CHARGE.read + 2 * CHARGE.latest);
    },
  );

  it('throws when Cosmos DB is away', async () => {
    const error = Object.assign(new Error('away'), { code: 503 });
    await expect(former('o/new', 'R_1', [], [{ on: 'latest', error }])).rejects.toBe(error);
  });
});

describe('a history of renames', () => {
  /** What is told over runs that have these names for one repository; undefined: not collected in that run. */
  async function toldOver(names: readonly (string | undefined)[], lookedAt: (run: number) => number) {
    const memory = memoryStats();
    const runId = (run: number): string => String(1_611_000_000 + run);
    const told: string[] = [];
    for (const [run, name] of names.entries()) {
      if (name === undefined) continue;
      const document = inRun(runId(run), name, 'R_1');
      const requests = paidRequests({
        pacer: { admit: () => Promise.resolve(), charged: () => undefined },
        sleep: () => Promise.resolve(),
      });
      const found = await findFormer(document, runId(lookedAt(run)), memory.store, requests);
      if ('told' in found && found.told.previousName) told.push(`${found.told.previousName} > ${name}`);
      memory.put(document);
    }
    return told;
  }
  const changes = (names: readonly (string | undefined)[]): string[] => {
    const seen = names.filter((name) => name !== undefined);
    return seen.flatMap((name, i) => (i > 0 && seen[i - 1] !== name ? `${seen[i - 1]} > ${name}` : []));
  };

  it('is told change by change, each once, with runs that miss it in between', async () => {
    const name = fc.option(fc.constantFrom('o/a', 'o/b', 'p/a'), { nil: undefined, freq: 4 });
    const property = fc.asyncProperty(fc.array(name, { maxLength: 12 }), async (names) => {
      expect(await toldOver(names, (run) => run - 1)).toEqual(changes(names));
    });
    await fc.assert(property, { numRuns: 300 });
  });

  it('is told just so whatever earlier run is looked at first, as long as no old name comes back', async () => {
    const step = fc.record({
      renamed: fc.boolean(),
      missed: fc.boolean(),
      back: fc.integer({ min: 1, max: 9 }),
    });
    const property = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      let n = 0;
      const names = steps.map(({ renamed, missed }) => {
        if (renamed) n++;
        return missed ? undefined : `o/n${n}`;
      });
      expect(await toldOver(names, (run) => run - steps[run]!.back)).toEqual(changes(names));
    });
    await fc.assert(property, { numRuns: 300 });
  });
});
