import { ANALYSIS, analysisId, Analysis } from '@github-repo-stats/shared/analysis';
import { sha256 } from '@github-repo-stats/shared/archive/manifest';
import type { Blobs } from '@github-repo-stats/shared/clients/blobs';
import { unpaced } from '@github-repo-stats/shared/cosmos/request-units';
import { runOf } from '@github-repo-stats/shared/run.fixture';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEmbeddedCosmos, type EmbeddedCosmos } from '../../test/embedded-cosmos.ts';
import { afterRun, latestRun, type AfterRunDeps, type AnalysisCompleted } from './after-run.ts';
import { temporaryFolder, tinyYear } from './archive.fixture.ts';
import { analysisCompletedEvent } from './completed-event.ts';
import { QUESTIONS } from './questions.ts';

let cosmos: EmbeddedCosmos;
beforeAll(async () => {
  cosmos = await startEmbeddedCosmos();
});
afterAll(() => cosmos.close());

function world() {
  const { blobs: reading, kept, runIds } = tinyYear();
  const metadata = new Map<string, Record<string, string>>();
  const blobs: Blobs = {
    ...reading,
    head(path) {
      const bytes = kept.get(path);
      return Promise.resolve(bytes && { etag: sha256(bytes), metadata: metadata.get(path) ?? {} });
    },
    async write(path, bytes, about, etag) {
      const there = kept.get(path);
      await Promise.resolve();
      if ((there && sha256(there)) !== etag) return false;
      kept.set(path, bytes);
      metadata.set(path, about.metadata ?? {});
      return true;
    },
    remove: () => Promise.reject(new Error('nothing is removed')),
  };
  const published: AnalysisCompleted[] = [];
  const deps: AfterRunDeps = {
    blobs,
    repoStats: cosmos.repoStats,
    runInfo: cosmos.runInfo,
    pacer: unpaced(),
    sleep: () => Promise.resolve(),
    tell: () => undefined,
    publish: (completed) => Promise.resolve(void published.push(completed)),
  };
  const sql = (name: string, text: string): void => void kept.set(`queries/${name}`, Buffer.from(text));
  return { deps, kept, runIds, published, sql };
}

const documentOf = async (name: string): Promise<Analysis> =>
  Analysis.parse((await cosmos.runInfo.item(analysisId(name), ANALYSIS).read<Analysis>()).resource);

test('the ready questions and own SQL are answered as of the run; who wants to know is told', async () => {
  await using folder = await temporaryFolder();
  const { deps, kept, runIds, published, sql } = world();
  const [, second = '', , fourth = ''] = runIds;
  for (const runId of [second, fourth])
    await cosmos.runInfo.items.create(runOf({ id: runId, runId, status: 'completed', revision: 1 }));
  sql(
    'stars.sql',
    '-- Stars by owner\nSELECT owner, sum(stars)::INT AS stars, [1] AS list FROM stats WHERE run = (SELECT max(run) FROM stats) GROUP BY owner ORDER BY stars DESC',
  );
  sql('wrong.sql', 'SELECT sters FROM stats');
  sql('growth.sql', 'SELECT 1');
  sql('Not a name.sql', 'SELECT 1');
  sql('peeks.sql', `SELECT * FROM read_text('${import.meta.filename}')`);

  expect(await latestRun(deps.runInfo)).toEqual({ runId: fourth, revision: 1, analysed: false });
  const { results } = await afterRun(fourth, folder.path, deps);
  expect(results.map(({ name }) => name)).toEqual([
    ...QUESTIONS.map(({ name }) => name),
    'stars',
    'wrong',
    'peeks',
  ]);
  expect(results.filter((result) => 'problem' in result)).toMatchObject([
    { name: 'wrong', problem: expect.stringMatching(/Referenced column "sters" not found/) },
    { name: 'peeks', problem: expect.stringMatching(/Permission Error/) },
  ]);
  const lines = Buffer.from(kept.get(`analysis/stars/run=${fourth}/result.ndjson`)!).toString();
  expect(lines).toBe('{"owner":"acme","stars":207,"list":[1]}\n{"owner":"beta","stars":39,"list":[1]}\n');
  expect(Buffer.from(kept.get(`analysis/stars/run=${fourth}/result.parquet`)!.slice(0, 4)).toString()).toBe(
    'PAR1',
  );
  expect(await documentOf('stars')).toMatchObject({
    title: 'Stars by owner',
    ofRun: fourth,
    asOf: '2026-02-10T00:00:00.000Z',
    columns: ['owner', 'stars', 'list'],
    numeric: [false, true, false],
    rows: [
      ['acme', 207, '[1]'],
      ['beta', 39, '[1]'],
    ],
    total: 2,
  });
  expect(await documentOf('wrong')).toMatchObject({ rows: [], problem: expect.stringMatching(/"sters"/) });
  expect(published).toEqual([{ runId: fourth, revision: 1, results }]);
  expect(analysisCompletedEvent(published[0]!)).toMatchObject({
    type: 'GithubStats.AnalysisCompleted',
    id: `${fourth}.1`,
    subject: fourth,
  });

  expect(await latestRun(deps.runInfo)).toEqual({ runId: fourth, revision: 1, analysed: true });
  expect((await cosmos.runInfo.item('analysed.1', fourth).read()).resource).toMatchObject({
    type: 'analysed',
    answered: results.length - 2,
    refused: 2,
  });
  // Another revision of it is another one.
  const another = runOf({ id: fourth, runId: fourth, status: 'completed', revision: 2 });
  await cosmos.runInfo.items.upsert(another);
  expect(await latestRun(deps.runInfo)).toEqual({ runId: fourth, revision: 2, analysed: false });
  await cosmos.runInfo.items.upsert({ ...another, revision: 1 });

  // Again: the same, in the same places. Of an earlier run: its own places, and the documents stay those of the later one.
  const before = [...kept].map(([path, bytes]) => [path, sha256(bytes)]);
  expect((await afterRun(fourth, folder.path, deps)).runId).toBe(fourth);
  expect([...kept].map(([path, bytes]) => [path, sha256(bytes)])).toEqual(before);
  await afterRun(second, folder.path, deps);
  expect(Buffer.from(kept.get(`analysis/stars/run=${second}/result.ndjson`)!).toString()).toMatch(
    /"acme","stars":167/,
  );
  expect((await documentOf('stars')).ofRun).toBe(fourth);
});

test('a document holds no more than it may, and says how many there are', async () => {
  await using folder = await temporaryFolder();
  const { deps, runIds, sql } = world();
  const runId = runIds[2]!;
  await cosmos.runInfo.items.create(runOf({ id: runId, runId, status: 'completed', revision: 1 }));
  sql('many.sql', 'SELECT i FROM range(1000) t(i)');
  sql('wide.sql', `SELECT repeat('x', 1000) AS x FROM range(150)`);
  await afterRun(runId, folder.path, deps);
  const many = await documentOf('many');
  expect([many.rows.length, many.total, many.rows.at(-1)]).toEqual([200, 1000, [199]]);
  const wide = await documentOf('wide');
  expect([wide.rows.length, wide.total]).toEqual([59, 150]);
});

test('a run whose results nobody could be told of does not count as analysed', async () => {
  await using folder = await temporaryFolder();
  const { deps, runIds } = world();
  const runId = runIds[0]!;
  await cosmos.runInfo.items.create(runOf({ id: runId, runId, status: 'completed', revision: 1 }));
  const publish = (): Promise<void> => Promise.reject(new Error('the topic is away'));
  await expect(afterRun(runId, folder.path, { ...deps, publish })).rejects.toThrow('the topic is away');
  expect((await cosmos.runInfo.item('analysed.1', runId).read()).statusCode).toBe(404);
});

test('a run that is not there, or not at its end, is refused', async () => {
  await using folder = await temporaryFolder();
  const { deps } = world();
  await expect(afterRun('1111111111', folder.path, deps)).rejects.toThrow('There is no run 1111111111.');
  await cosmos.runInfo.items.create(runOf({ id: '1222222222', runId: '1222222222' }));
  await expect(afterRun('1222222222', folder.path, deps)).rejects.toThrow(
    'Run 1222222222 is not at its end.',
  );
});
