/** Archive and database together: each run is read from one place, and counts once. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { memoryArchive, runIdAt, statsOf, temporaryFolder } from '../analytics/src/archive.fixture.ts';
import { openPlace } from '@github-repo-stats/analytics/open-place';
import { unpaced } from '@github-repo-stats/shared/cosmos/request-units';
import type { RepoStats, Run } from '@github-repo-stats/shared/documents';
import { emptyOutcome } from '@github-repo-stats/shared/outcome';
import { runOf } from '@github-repo-stats/shared/run.fixture';
import { startEmbeddedCosmos, type EmbeddedCosmos } from './embedded-cosmos.ts';

let cosmos: EmbeddedCosmos;
beforeAll(async () => {
  cosmos = await startEmbeddedCosmos();
});
afterAll(() => cosmos.close());

const BATCH = 'b-s00001-00001-1';

async function store(runId: string, documents: readonly RepoStats[], more: Partial<Run> = {}): Promise<void> {
  const run = runOf({
    id: runId,
    runId,
    status: 'completed',
    revision: 1,
    totalCreatedCount: documents.length,
    costs: { githubCalls: 3, githubPoints: 2, githubSeconds: 1.5, requestUnits: 12.5 },
    ...more,
  });
  await cosmos.runInfo.items.create(run);
  const entries = Object.fromEntries(
    documents.map(({ repo }) => [repo.toLowerCase(), { state: 'created' as const, attempt: 1, as: repo }]),
  );
  const failed = { 'acme/lost': { state: 'failed' as const, attempt: 1, reason: 'not-found' as const } };
  const outcome = { ...emptyOutcome(runId, BATCH), entries: { ...entries, ...failed } };
  await cosmos.runInfo.items.create(outcome);
  for (const document of documents) await cosmos.repoStats.items.create(document);
}

test('a run is read from the archive where it is archived, else from the database, and never twice', async () => {
  await using folder = await temporaryFolder();
  const { archive, blobs } = memoryArchive();
  const [archived, stored, active] = ['2026-01-01', '2026-01-02', '2026-01-03'].map((day) =>
    runIdAt(`${day}T00:00:00Z`),
  ) as [string, string, string];
  const of = (runId: string): RepoStats[] => [
    statsOf(runId, 'Acme/One', 1, [1, 0], { diskUsage: null }),
    statsOf(runId, 'acme/two', 2, [2, 0], { pushedAt: null }),
  ];
  archive(archived, [of(archived)]);
  await store(archived, of(archived));
  await store(stored, of(stored), { revision: 2 });
  await store(active, of(active), { status: 'running', revision: 0 });

  const told: string[] = [];
  const place = { ...cosmos, blobs, pacer: unpaced(), sleep: () => Promise.resolve() };
  const ask = async (...questions: string[]) => {
    const analytics = await openPlace(folder.path, { ...place, tell: (text) => told.push(text) });
    const answers = [];
    for (const sql of questions) answers.push((await analytics.rows(sql, 100)).rows);
    analytics.close();
    return answers;
  };
  const same = `SELECT count(*) FROM (SELECT DISTINCT * EXCLUDE (date, run, "runAt", "runId", "collectedAt") FROM stats)`;
  expect(
    await ask(
      'SELECT run, count(*), sum(stars) FROM stats GROUP BY run ORDER BY run',
      'SELECT run, status, revision, created, "statsFrom", "requestUnits" FROM runs ORDER BY run',
      same,
    ),
  ).toEqual([
    [
      [Number(archived), 2, 3],
      [Number(stored), 2, 3],
    ],
    [
      [Number(archived), 'completed', 1, 2, 'archive', 12.5],
      [Number(stored), 'completed', 2, 2, 'database', 12.5],
      [Number(active), 'running', 0, 2, null, 12.5],
    ],
    // Whichever way they came, they are the same but for their run.
    [[2]],
  ]);
  expect(told).toEqual([`Run ${stored} is not archived: read from the database, 2 repositories.`]);

  told.length = 0;
  archive(stored, [of(stored)], 2);
  expect(await ask('SELECT count(*) FROM stats', 'SELECT "statsFrom" FROM runs ORDER BY run')).toEqual([
    [[4]],
    [['archive'], ['archive'], [null]],
  ]);
  // Without an archive the database is all there is.
  place.blobs = { list: async function* () {}, read: () => Promise.resolve(undefined) };
  expect(await ask('SELECT count(*) FROM stats')).toEqual([[[4]]]);
  expect(told).toEqual([`Run ${archived} is not archived: read from the database, 2 repositories.`]);
});
