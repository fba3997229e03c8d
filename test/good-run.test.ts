/** A run in which nothing fails: what is stored is what is true, nothing twice, and everybody who is to be told is told. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RepoStats, Run } from '@github-repo-stats/shared/documents';
import { hostSettings, workerArguments } from '@github-repo-stats/shared/host-settings';
import { Pipeline, comparable } from './pipeline.ts';

const sources = {
  fullOrgs: [
    { orgName: 'Acme', exclude: ' Legacy-Tool ,ARCHIVE' },
    { orgName: 'globex', exclude: ['tmp-*', ' Globex/secret'] },
    { orgName: 'acme' },
  ],
  individualRepos: ['initech/tps-reports', 'acme/archive', 'Initech/TPS-Reports'],
};

describe('a run over two organisations and single repositories', () => {
  let pipeline: Pipeline;
  let run: Run;
  let stats: RepoStats[];

  beforeAll(async () => {
    pipeline = await Pipeline.start({
      world: {
        repositories: 230,
        owners: [{ login: 'acme' }, { login: 'globex' }],
        individual: ['initech/tps-reports'],
        named: [
          'acme/legacy-tool',
          'acme/archive',
          'globex/secret',
          'globex/tmp-1',
          'globex/TMP-two',
          'globex/not-tmp-3',
        ],
      },
    });
    run = await pipeline.ended(await pipeline.run(sources));
    stats = await pipeline.stats(run.id);
  });
  afterAll(() => pipeline.stop());

  it('stores exactly what is true of every repository that is not excluded, each once', async () => {
    const excluded = new Set(['acme/legacy-tool', 'globex/secret', 'globex/tmp-1', 'globex/TMP-two']);
    const expected = (await pipeline.truth()).filter((row) => !excluded.has(row.repo));
    expect(expected.length).toBe(226);
    expect(Object.keys(comparable(expected[0]!))).toEqual(Object.keys(expected[0]!));
    expect(stats.map(comparable)).toEqual(expected.map(comparable));
    expect(new Set(stats.map((s) => s.repoId)).size).toBe(stats.length);
  });

  it('keeps the id of the first generation for every document', () => {
    for (const s of stats) expect(s.id).toBe(`${s.repo.replace('/', '.')}.${run.id}`);
  });

  it('writes totals that add up and lists that name every repository', () => {
    expect(run).toMatchObject({
      status: 'completed',
      revision: 1,
      totalReceived: 226,
      totalProcessed: 226,
      totalCreatedCount: 226,
      totalFailedCount: 0,
      failedList: '',
    });
    expect(run.createdList.split(',').sort()).toEqual(stats.map((s) => s.repo).sort());
    expect(run.date).toBe(run.startedAt.slice(0, 10).replaceAll('-', ''));
  });

  it('is done by processes whose memory is bounded as in Azure', () => {
    const given = pipeline.logs.filter((r) => r.message === 'Listening').map((r) => r['nodeArguments']);
    expect(given).toHaveLength(5);
    for (const one of given)
      expect(one).toEqual(workerArguments(hostSettings('writer', { credentials: 1, serverless: true })));
    expect(given[0]).not.toEqual([]);
  });

  it('counts what it cost', () => {
    expect(run.costs.githubCalls).toBeGreaterThanOrEqual(8);
    expect(run.costs.requestUnits).toBeGreaterThan(226 * 5);
  });

  it('publishes one event and sends one mail for the start and one for the end', async () => {
    const events = await pipeline.events();
    expect(events.map((e) => [e.id, e.type])).toEqual([[`${run.id}.1`, 'GithubStats.RunCompleted']]);
    expect(events[0]?.data).toMatchObject({
      runInfoId: run.id,
      runInfoDate: run.date,
      totalCreatedCount: 226,
    });
    const subjects = (await pipeline.mails()).map((m) => m.subject);
    expect(subjects).toEqual([
      `Github stats: run started (run ${run.id})`,
      `Github stats: 226 of 226 repositories (run ${run.id})`,
    ]);
  });

  it('never had more than one call of a kind in flight', async () => {
    const calls = (await pipeline.calls()) as {
      tokens: Record<string, { maxInFlight: Record<string, number> }>;
    };
    for (const { maxInFlight } of Object.values(calls.tokens))
      expect(maxInFlight).toMatchObject({ listing: 1, stats: 1 });
  });
});

describe('with mail and event switched off', () => {
  it('sends nothing and completes all the same', async () => {
    const pipeline = await Pipeline.start({
      world: { repositories: 12, owners: [{ login: 'acme' }] },
      settings: { SendEmailNotifications: 'false', PublishToEventGrid: 'false' },
    });
    try {
      const run = await pipeline.ended(await pipeline.run({ fullOrgs: [{ orgName: 'acme' }] }));
      expect(run).toMatchObject({ status: 'completed', totalCreatedCount: 12 });
      expect(await pipeline.events()).toEqual([]);
      expect(await pipeline.mails()).toEqual([]);
    } finally {
      await pipeline.stop();
    }
  });
});
