/** How numbers change between runs, over the whole pipeline: against the run before, 7 and 30 days ago, under whatever name. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TruthRow } from '@github-repo-stats/local/github/truth';
import type { RepoStats, Run } from '@github-repo-stats/shared/documents';
import { statsId } from '@github-repo-stats/shared/ids';
import { readKnown } from '@github-repo-stats/shared/read-known';
import { rowOf, rowsIn, type Rows } from '@github-repo-stats/shared/rows';
import { METRICS } from '@github-repo-stats/shared/trend';
import { Pipeline } from './pipeline.ts';

const SOURCES = { fullOrgs: [{ orgName: 'acme' }, { orgName: 'globex' }], individualRepos: ['octokit/tool'] };
const DAY = 86_400;
const NAMED = ['acme/first', 'acme/old', 'acme/gone', 'acme/kept'];

interface SummaryDocument {
  type: 'summary';
  totals: Record<string, number>;
  change: Record<string, Record<string, number> | null>;
  events: Record<string, { total: number; first: unknown[] } | null>;
}

describe('numbers that change between runs', () => {
  let pipeline: Pipeline;
  const runs: Run[] = [];
  const truths: TruthRow[][] = [];

  async function collect(): Promise<Run> {
    const run = await pipeline.ended(await pipeline.run(SOURCES));
    runs.push(run);
    truths.push(await pipeline.truth());
    return run;
  }

  /** A copy of a run's documents, as if it had been so many days before it, with fewer stars. */
  async function copyOf(run: Run, days: number, fewer: number): Promise<string> {
    const runId = String(Number(run.id) - days * DAY);
    const { runInfo, repoStats } = pipeline.supervisor.containers;
    for (const stats of await pipeline.stats(run.id)) {
      const { change: _change, ...old } = stats;
      await repoStats.items.create({
        ...old,
        id: statsId(stats.repo, runId),
        runId,
        stars: Math.max(0, stats.stars - fewer),
      });
    }
    // Without sources: it has no plans, and would count as open.
    await runInfo.items.create({ ...run, id: runId, runId, sourcesTotal: 0 });
    return runId;
  }

  const rowsOf = async (run: Run) => {
    const documents = await pipeline.ofRun<Rows>(run.id, 'rows');
    return documents.flatMap((d) => [...rowsIn(d)]).sort((a, b) => (a.repo < b.repo ? -1 : 1));
  };
  const summaryOf = async (run: Run): Promise<SummaryDocument> =>
    (await pipeline.document<SummaryDocument>('runInfo', `summary.${run.revision}`, run.id))!;
  const of = (stats: RepoStats[], repo: string): RepoStats => stats.find((s) => s.repo === repo)!;

  beforeAll(async () => {
    pipeline = await Pipeline.start({
      world: {
        repositories: 120,
        owners: [{ login: 'acme' }, { login: 'globex' }],
        individual: ['octokit/tool'],
        named: NAMED,
      },
    });
    const first = await collect();
    await copyOf(first, 8, 5);
    await copyOf(first, 31, 9);
    // Too long ago to stand for 30 days.
    await copyOf(first, 50, 1);
    const starsOf = (repo: string): number => truths[0]!.find((row) => row.repo === repo)!.stars;
    await pipeline.happens(
      { event: 'change', repository: 'acme/first', facts: { stars: starsOf('acme/first') + 7 } },
      { event: 'rename', repository: 'acme/old', to: 'young' },
      { event: 'delete', repository: 'acme/gone' },
      { event: 'archive', repository: 'acme/kept' },
      { event: 'add', owner: 'acme', name: 'fresh' },
    );
    await collect();
  });
  afterAll(() => pipeline.stop());

  it('have nothing to be compared with in the first run, which is null and not 0', async () => {
    expect(runs[0]!.compareTo).toEqual({ previous: null, d7: null, d30: null });
    for (const { change } of await pipeline.stats(runs[0]!.id))
      expect(change).toEqual({ previous: null, d7: null, d30: null });
    expect((await summaryOf(runs[0]!)).events).toMatchObject({ new: null, gone: null });
  });

  it('are compared with the run before, and with the latest completed ones of 7 and of 30 days ago', () => {
    const id = (days: number): string => String(Number(runs[0]!.id) - days * DAY);
    expect(runs[1]!.compareTo).toEqual({ previous: runs[0]!.id, d7: id(8), d30: id(31) });
  });

  it('say by how much, in the document of each repository', async () => {
    const stats = await pipeline.stats(runs[1]!.id);
    const before = await pipeline.stats(runs[0]!.id);
    const first = of(stats, 'acme/first');
    expect(first.change!.previous).toEqual({ stars: 7, forks: 0, openIssues: 0, openPRs: 0 });
    expect(first.change!.d7!.stars).toBe(first.stars - Math.max(0, of(before, 'acme/first').stars - 5));
    for (const now of stats) {
      if (now.repo === 'acme/fresh') continue;
      const then = before.find((s) => s.repoId === now.repoId)!;
      for (const metric of METRICS) expect(now.change!.previous![metric]).toBe(now[metric] - then[metric]);
      expect(now.change!.d30!.stars).toBe(now.stars - Math.max(0, then.stars - 9));
    }
  });

  it('are compared under the name that a repository had', async () => {
    const young = of(await pipeline.stats(runs[1]!.id), 'acme/young');
    expect(young.previousName).toBe('acme/old');
    expect(Object.values(young.change!)).not.toContain(null);
  });

  it('say nothing of a repository that is new', async () => {
    expect(of(await pipeline.stats(runs[1]!.id), 'acme/fresh').change).toEqual({
      previous: null,
      d7: null,
      d30: null,
    });
  });

  it('stand in the rows of their batches as in the documents', async () => {
    for (const run of runs) expect(await rowsOf(run)).toEqual((await pipeline.stats(run.id)).map(rowOf));
  });

  it('add up in the summary, which tells what is new, gone, renamed and archived', async () => {
    const summary = await summaryOf(runs[1]!);
    const sum = (name: 'stars' | 'openIssues') => truths[1]!.reduce((total, row) => total + row[name], 0);
    expect(summary.totals).toMatchObject({
      repositories: truths[1]!.length,
      stars: sum('stars'),
      openIssues: sum('openIssues'),
    });
    expect(summary.change['previous']).toMatchObject({ repositories: truths[1]!.length - 1, stars: 7 });
    expect(summary.events).toMatchObject({
      new: { total: 1, first: ['acme/fresh'] },
      gone: { total: 1, first: ['acme/gone'] },
      renamed: { total: 1, first: [{ from: 'acme/old', to: 'acme/young' }] },
      archived: { total: 1, first: ['acme/kept'] },
    });
  });

  it('leave a record of what is rare', async () => {
    const idOf = (repo: string): string => truths[0]!.find((row) => row.repo === repo)!.repoId;
    const { repos } = pipeline.supervisor.containers;
    const record = async (repo: string) => (await readKnown(repos, idOf(repo)))?.document;
    const [one, two] = [runs[0]!.id, runs[1]!.id];
    expect(await record('acme/old')).toMatchObject({
      firstRunId: one,
      names: [
        { is: 'acme/old', runId: one },
        { is: 'acme/young', runId: two },
      ],
    });
    expect(await record('acme/gone')).toMatchObject({
      present: [
        { is: true, runId: one },
        { is: false, runId: two },
      ],
    });
    expect(await record('acme/kept')).toMatchObject({ archived: [{ is: false }, { is: true, runId: two }] });
    expect(await record('acme/first')).toMatchObject({ names: [{ is: 'acme/first', runId: one }] });
  });

  it('stay right when an older run is collected again, which changes its own numbers alone', async () => {
    const before = await pipeline.stats(runs[1]!.id);
    const summary = await summaryOf(runs[1]!);
    const batches = (await pipeline.outcomes(runs[0]!.id)).map((o) => o.batchId);
    await pipeline.api(`runs/${runs[0]!.id}/rerun`, { method: 'POST', body: JSON.stringify({ batches }) });
    const again = await pipeline.ended(runs[0]!.id, 2);
    expect(again.compareTo).toEqual(runs[0]!.compareTo);
    expect(await pipeline.stats(runs[1]!.id)).toEqual(before);
    expect(await summaryOf(runs[1]!)).toEqual(summary);
    expect(await rowsOf(again)).toEqual((await pipeline.stats(again.id)).map(rowOf));
    const third = await collect();
    expect(third.compareTo!.previous).toBe(runs[1]!.id);
    expect((await summaryOf(third)).events).toMatchObject({ new: { total: 0 }, gone: { total: 0 } });
  });
});
