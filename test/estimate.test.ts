/** What a run would be, held to what it then is, over the whole pipeline. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Run } from '@github-repo-stats/shared/documents';
import type { Pace } from '@github-repo-stats/shared/pace';
import type { Estimate } from '@github-repo-stats/shared/estimate';
import { QUERY_NAMES } from '@github-repo-stats/shared/github/query-names';
import { credentialLane } from '@github-repo-stats/shared/ids';
import { Pipeline } from './pipeline.ts';

describe('a run that was estimated', () => {
  const sources = {
    fullOrgs: [
      { orgName: 'Acme', exclude: 'legacy-tool, never-there' },
      { orgName: 'globex', archived: false, visibility: 'public,internal' },
    ],
    individualRepos: ['initech/tps-reports', 'acme/archive'],
  };
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await Pipeline.start({
      world: {
        repositories: 600,
        owners: [{ login: 'acme' }, { login: 'globex' }],
        individual: ['initech/tps-reports'],
        named: ['acme/legacy-tool', 'acme/archive'],
      },
    });
  });
  afterAll(() => pipeline.stop());

  const ask = (body: unknown, query = 'dryRun=true'): Promise<Response> =>
    pipeline.api(`runs?${query}`, { method: 'POST', body: JSON.stringify(body) });
  async function estimate(body: unknown = sources): Promise<Estimate> {
    const response = await ask(body);
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    return (await response.json()) as Estimate;
  }
  async function runAgain(): Promise<Run> {
    const run = await pipeline.ended(await pipeline.run(sources));
    expect(run).toMatchObject({ status: 'completed', totalFailedCount: 0 });
    return run;
  }
  /** What the fetcher learned last stands in the document when it has given its grant back. */
  async function givenBack(): Promise<Pace> {
    const id = credentialLane('default');
    for (;;) {
      const pace = await pipeline.document<Pace>('pace', id, id);
      if (pace && Object.values(pace.grants).every((grant) => grant.released)) return pace;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  const messagesOf = (queue: 'page planned' | 'batch fetched' | 'batch written', run: Run): number =>
    pipeline.logs.filter((r) => r.message === queue && r.runId === run.id).length;

  function holds(estimated: Estimate, run: Run): void {
    expect(estimated).toMatchObject({ repositories: run.totalReceived, upperBound: false });
    expect(estimated.calls.listing).toBe(run.costs.queries?.[QUERY_NAMES.listing]?.calls);
    expect(estimated.messages).toEqual({
      resolve: messagesOf('page planned', run),
      fetch: messagesOf('batch fetched', run),
      write: messagesOf('batch written', run),
      total: ['page planned', 'batch fetched', 'batch written'].reduce(
        (sum, queue) => sum + messagesOf(queue as Parameters<typeof messagesOf>[0], run),
        0,
      ),
    });
    const { repoStats } = estimated.requestUnitsByContainer;
    expect(Math.abs(repoStats / run.costs.requestUnits - 1)).toBeLessThan(0.1);
  }

  it('was as estimated, before anything was learned and afterwards; estimating makes nothing', async () => {
    const first = await estimate();
    expect(first).toMatchObject({ dryRun: true, individualRepositories: 2, learned: false });
    expect(first.calls.total).toBe(first.calls.listing + first.calls.stats);
    expect(await (await pipeline.api('runs')).json()).toEqual({ runs: [] });
    const stored = pipeline.supervisor.containers.runInfo.items.query('SELECT * FROM c');
    expect((await stored.fetchAll()).resources).toEqual([]);
    const calls = (await pipeline.calls()) as {
      tokens: Record<string, { calls: Record<string, number>; points: number }>;
    };
    expect(Object.values(calls.tokens).map((t) => [t.calls, t.points])).toEqual([
      [{ listing: 1, stats: 0, other: 1 }, 1],
    ]);
    for (const queued of ['page planned', 'batch fetched'])
      expect(pipeline.logs.filter((r) => r.message === queued)).toEqual([]);

    const run = await runAgain();
    holds(first, run);
    // GitHub turned out to be faster than the guess, so that fewer requests did.
    const statsCalls = ({ costs }: Run): number =>
      costs.githubCalls - (costs.queries?.[QUERY_NAMES.listing]?.calls ?? 0);
    expect(first.calls.stats).toBeGreaterThanOrEqual(statsCalls(run));
    expect(first.calls.stats).toBeLessThanOrEqual(statsCalls(run) * 3);

    const pace = await givenBack();
    const second = await estimate();
    expect(second.learned).toBe(true);
    const again = await runAgain();
    holds(second, again);
    // A dry run that was made, but that no document remembers, is counted on, though this very process does not repeat it.
    const forgotten = [QUERY_NAMES.byId, QUERY_NAMES.byName].filter((shape) => !pace.dryRuns?.[shape]);
    expect(second.calls.stats - forgotten.length).toBe(statsCalls(again));
    expect(second.points).toBe(again.costs.githubPoints);
  });

  it('is an upper bound where GitHub cannot count', async () => {
    const filtered = {
      fullOrgs: [{ orgName: 'globex', exclude: 'a*', languages: 'Go' }, { orgName: 'none' }],
    };
    const estimated = await estimate(filtered);
    const run = await pipeline.ended(await pipeline.run(filtered));
    expect(estimated.owners).toEqual([
      {
        owner: 'globex',
        repositories: expect.any(Number) as number,
        upperBound: true,
        reason: 'excludes with *, filter languages',
      },
      { owner: 'none', repositories: 0, reason: 'not-found' },
    ]);
    expect(estimated.upperBound).toBe(true);
    expect(estimated.repositories).toBeGreaterThan(run.totalReceived);
    expect(run.totalReceived).toBeGreaterThan(0);
    expect(estimated.calls.listing).toBe(run.costs.queries?.[QUERY_NAMES.listing]?.calls);
  });

  it('is refused with a wrong question, and has to wait while GitHub says so', async () => {
    expect((await ask(sources, 'dryRun=yes')).status).toBe(400);
    expect((await ask({ fullOrgs: [] })).status).toBe(400);
    const github = new URL(pipeline.supervisor.addresses.githubUrl ?? '').origin;
    const fault = { fault: { secondaryLimit: { retryAfter: 30, status: 403 } } };
    await fetch(`${github}/_simulator/faults`, { method: 'POST', body: JSON.stringify(fault) });
    const waiting = await ask(sources);
    expect(waiting.status).toBe(503);
    expect(Number(waiting.headers.get('retry-after'))).toBe(30);
    expect(await waiting.json()).toMatchObject({
      detail: 'GitHub cannot be asked now (GitHub limit: secondary); try again in 30 s',
    });
    const later = await ask(sources);
    expect(later.status).toBe(503);
    expect(Number(later.headers.get('retry-after'))).toBeLessThanOrEqual(30);
  });
});

describe('with several credentials', () => {
  it('each is reckoned with its own work, and asked for the owners that it would list', async () => {
    const pipeline = await Pipeline.start({
      world: {
        repositories: 700,
        owners: [{ login: 'acme' }, { login: 'globex' }],
        individual: ['initech/tps-reports'],
      },
      orders: {
        credentials: [
          { name: 'first', token: 'one' },
          { name: 'second', token: 'two' },
          { name: 'theirs', token: 'three', owners: ['globex'] },
        ],
      },
    });
    try {
      const sources = {
        fullOrgs: [{ orgName: 'acme' }, { orgName: 'globex' }],
        individualRepos: ['initech/tps-reports', 'globex/gone'],
      };
      const body = JSON.stringify(sources);
      const answer = await pipeline.api('runs?dryRun=true', { method: 'POST', body });
      const estimated = (await answer.json()) as Estimate;
      const calls = (await pipeline.calls()) as { tokens: Record<string, { calls: { listing: number } }> };
      const listings = Object.entries(calls.tokens).map(([name, t]) => [name, t.calls.listing]);
      expect(listings).toHaveLength(2);
      expect(listings).toContainEqual(['theirs', 1]);

      const run = await pipeline.ended(await pipeline.run(sources));
      expect(run).toMatchObject({ totalFailedCount: 1, failedList: 'globex/gone' });
      expect(estimated.repositories).toBe(run.totalReceived);
      expect(estimated.calls.listing).toBe(run.costs.queries?.[QUERY_NAMES.listing]?.calls);
      const planned = pipeline.logs.filter((r) => r.message === 'page planned');
      const batches = planned.reduce((sum, r) => sum + Number(r['batches']), 0);
      // Each owner's source enters in a lane that no credential has, and is handed on.
      expect(estimated.messages).toMatchObject({
        resolve: planned.length + 2,
        fetch: batches,
        write: batches,
      });
    } finally {
      await pipeline.stop();
    }
  });
});
