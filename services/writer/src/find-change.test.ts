import type { RepoStats } from '@github-repo-stats/shared/documents';
import { mergeSight } from '@github-repo-stats/shared/known-repository';
import { statsId } from '@github-repo-stats/shared/ids';
import type { CompareTo } from '@github-repo-stats/shared/trend';
import { RUN_ID } from '@github-repo-stats/shared/run.fixture';
import { describe, expect, it } from 'vitest';
import { findChange, type Before } from './find-change.ts';
import { paidRequests } from '@github-repo-stats/shared/cosmos/paid-request';
import { memoryKnown, memoryStats, statsOf } from './stats.fixture.ts';

const DAY = 86_400;
const ago = (seconds: number): string => String(Number(RUN_ID) - seconds);
const [PREVIOUS, D7, D30] = [ago(DAY / 4), ago(7 * DAY), ago(30 * DAY)];
/** Some earlier run has it, and nothing is told of its name. */
const SEEN: Before = { told: {}, isKnown: true };
const ALL: CompareTo = { previous: PREVIOUS, d7: D7, d30: D30 };

const then = (runId: string, more: Partial<RepoStats> = {}, repo = 'o/a'): RepoStats =>
  statsOf(repo, { id: statsId(repo, runId), runId, ...more });
const now = (more: Partial<RepoStats> = {}, repo = 'o/a'): RepoStats =>
  statsOf(repo, { stars: 100, forks: 10, openIssues: 46, openPRs: 13, ...more });

const sight = (runId: string, repo: string) => ({ runId, repoId: 'R_1', repo, isArchived: false });

function world(...there: RepoStats[]) {
  const memory = memoryStats();
  for (const document of there) memory.put(document);
  const repositories = memoryKnown();
  const trend = (document: RepoStats, compareTo = ALL, before: Before = SEEN) => {
    const pacer = { admit: () => Promise.resolve(), charged: () => undefined };
    const requests = paidRequests({ pacer, sleep: () => Promise.resolve() });
    return findChange(document, before, compareTo, {
      store: memory.store,
      known: repositories.known,
      requests,
    });
  };
  const find = async (...given: Parameters<typeof trend>) => (await trend(...given)).change!;
  return { ...memory, ...repositories, reads: memory.requests, find, trend };
}

describe('the change of a repository', () => {
  it('is the difference to each run that it is compared with', async () => {
    const w = world(
      then(PREVIOUS, { stars: 99 }),
      then(D7, { stars: 90, forks: 12 }),
      then(D30, { forks: 3 }),
    );
    expect(await w.find(now())).toEqual({
      previous: { stars: 1, forks: 10 - 1048, openIssues: 0, openPRs: 0 },
      d7: { stars: 10, forks: -2, openIssues: 0, openPRs: 0 },
      d30: { stars: 100 - 3378, forks: 7, openIssues: 0, openPRs: 0 },
    });
    expect(w.reads).toEqual(['seen', 'seen', 'seen']);
  });

  it('costs a read for each run, and none of its record, when nothing rare happened', async () => {
    const previous = then(PREVIOUS);
    const w = world(previous, then(D7), then(D30));
    await w.find(now(), ALL, { ...SEEN, lookedAt: PREVIOUS, seen: previous });
    expect(w.reads).toEqual(['seen', 'seen']);
    expect(w.requests).toEqual([]);
  });

  it('is null without a run to compare with, and without a document of it in that run, and never 0', async () => {
    const w = world(then(PREVIOUS));
    const change = await w.find(now(), { ...ALL, d7: null });
    expect(change).toMatchObject({ previous: { stars: 100 - 3378 }, d7: null, d30: null });
    expect(await w.find(now(), { previous: null, d7: null, d30: null })).toEqual({
      previous: null,
      d7: null,
      d30: null,
    });
  });

  it('is null for a repository that is younger than the run, which is not even asked for', async () => {
    const createdAt = new Date((Number(D7) + 60) * 1000).toISOString();
    const w = world(then(PREVIOUS, { createdAt }));
    expect(await w.find(now({ createdAt }))).toMatchObject({
      previous: expect.anything() as object,
      d7: null,
      d30: null,
    });
    expect(w.reads).toEqual(['seen']);
  });

  it('is null against another repository of the same name', async () => {
    const w = world(then(PREVIOUS, { repoId: 'R_other' }), then(D7), then(D30));
    expect(await w.find(now())).toMatchObject({ previous: null, d7: { stars: 100 - 3378 } });
  });

  it('is told against a document of the first generation, as far as that has the number', async () => {
    const { repoId: _none, forks: _too, ...old } = then(PREVIOUS, { stars: 90 });
    const w = world(old as RepoStats);
    expect((await w.find(now())).previous).toEqual({ stars: 10, forks: null, openIssues: 0, openPRs: 0 });
  });

  it('is found under the name that the repository had then', async () => {
    const w = world(
      then(PREVIOUS, {}, 'o/old'),
      then(D7, { stars: 50 }, 'o/older'),
      then(D30, {}, 'o/older'),
    );
    const record = mergeSight(undefined, sight(D30, 'o/older'))!;
    await w.known.create(mergeSight(record, sight(PREVIOUS, 'o/old'))!);
    const before = { told: { previousName: 'o/old' }, isKnown: true };
    expect(await w.find(now(), ALL, before)).toMatchObject({
      previous: { stars: 100 - 3378 },
      d7: { stars: 50 },
      d30: { stars: 100 - 3378 },
    });
    expect(w.records.get('R_1')?.document.names).toEqual([
      { is: 'o/older', runId: D30 },
      { is: 'o/old', runId: PREVIOUS },
      { is: 'o/a', runId: RUN_ID },
    ]);
  });

  it('is found under the name that the run told of, where there is no record yet', async () => {
    const w = world(then(PREVIOUS, { stars: 90 }, 'o/old'));
    const before = { told: { previousName: 'o/old' }, isKnown: true };
    expect((await w.find(now(), { ...ALL, d7: null, d30: null }, before)).previous).toMatchObject({
      stars: 10,
    });
  });
});

describe('what was done with since the run before', () => {
  it('is told where it changed, and of nothing else', async () => {
    const w = world({ ...then(PREVIOUS), closedIssues: 450, mergedPRs: 600 });
    expect(await w.trend(now())).toMatchObject({ done: { closedIssues: 5, mergedPRs: -2 } });
  });

  it('is nothing when nothing changed, or there is nothing to compare with', async () => {
    expect(await world(then(PREVIOUS)).trend(now())).not.toHaveProperty('done');
    expect(await world({ ...then(D7), mergedPRs: 1 }).trend(now())).not.toHaveProperty('done');
  });
});

describe('what a repository turned since the run before', () => {
  it.each([
    ['archived', { isArchived: true }, {}],
    ['unarchived', {}, { isArchived: true }],
    ['hidden', { visibility: 'PRIVATE' }, {}],
    ['published', {}, { visibility: 'INTERNAL' }],
  ] as const)('%s', async (turn, more, before) => {
    expect(await world(then(PREVIOUS, before)).trend(now(more))).toMatchObject({ turned: [turn] });
  });

  it('is nothing when it stayed as it was, or was not there', async () => {
    const archived = { isArchived: true };
    expect(await world(then(PREVIOUS, archived)).trend(now(archived))).not.toHaveProperty('turned');
    expect(await world().trend(now(archived))).not.toHaveProperty('turned');
  });
});

describe('the record of a repository', () => {
  it('is neither read nor made at first sight, which its batch notes', async () => {
    const w = world();
    await w.find(now(), { previous: null, d7: null, d30: null }, { told: {}, isKnown: false });
    await w.find(now(), ALL, { told: {}, isKnown: false });
    expect(w.requests).toEqual([]);
  });

  it('is not made for one of which nothing turned, though runs missed it', async () => {
    const w = world(then(D30));
    await w.find(now());
    expect([w.requests, w.records.size]).toEqual([['read'], 0]);
  });

  it('begins with what earlier runs saw', async () => {
    const w = world(then(PREVIOUS, {}, 'o/old'), then(D7, {}, 'o/old'));
    await w.find(now(), ALL, { told: { previousName: 'o/old' }, isKnown: true });
    expect(w.records.get('R_1')?.document).toEqual({
      id: 'R_1',
      repoId: 'R_1',
      firstRunId: D7,
      names: [
        { is: 'o/old', runId: D7 },
        { is: 'o/a', runId: RUN_ID },
      ],
      archived: [{ is: false, runId: D7 }],
      present: [{ is: true, runId: D7 }],
    });
  });

  it('is left alone when the message comes again', async () => {
    const w = world(then(PREVIOUS));
    await w.find(now({ isArchived: true }));
    const { etag } = w.records.get('R_1')!;
    await w.find(now({ isArchived: true }));
    expect(w.records.get('R_1')?.etag).toBe(etag);
  });

  it('notes since when it is archived', async () => {
    const w = world(then(PREVIOUS), then(D7), then(D30));
    await w.find(now({ isArchived: true }));
    expect(w.records.get('R_1')?.document.archived).toEqual([
      { is: false, runId: D30 },
      { is: true, runId: RUN_ID },
    ]);
  });

  it('survives a race: the loser merges into what the winner wrote', async () => {
    const w = world(then(PREVIOUS), then(D7));
    await Promise.all([
      w.find(now({ isArchived: true })),
      w.find(then(PREVIOUS, { isArchived: true }), { previous: D7, d7: null, d30: null }),
    ]);
    expect(w.records.get('R_1')?.document.archived).toEqual([
      { is: false, runId: D7 },
      { is: true, runId: PREVIOUS },
    ]);
  });
});
