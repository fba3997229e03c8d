/** Renames, transfers and names that change hands, over the whole pipeline: identity is the node id, and each is told once. */
import { ServiceBusClient } from '@azure/service-bus';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TruthRow } from '@github-repo-stats/local/github/truth';
import type { Outcome, RepoStats, Run } from '@github-repo-stats/shared/documents';
import { planOfBatch } from '@github-repo-stats/shared/ids';
import { WriteStats, writeEnvelope } from '@github-repo-stats/shared/messages';
import { QUEUES } from '@github-repo-stats/shared/topology';
import { writeLanes } from '@github-repo-stats/shared/write-budget';
import { Pipeline, comparable } from './pipeline.ts';

const SOURCES = {
  fullOrgs: [{ orgName: 'acme' }, { orgName: 'globex' }],
  individualRepos: ['octokit/tool'],
};
const NAMED = ['acme/first', 'acme/mover', 'acme/alpha', 'acme/beta', 'acme/gone', 'acme/left', 'acme/right'];
const rename = (repository: string, to: string) => ({ event: 'rename', repository, to });

describe('names that change between runs', () => {
  let pipeline: Pipeline;
  const truths: TruthRow[][] = [];
  const runs: Run[] = [];

  /** What is public and collected now, and a run over it. */
  async function collect(sources: unknown = SOURCES): Promise<Run> {
    const run = await pipeline.ended(await pipeline.run(sources));
    runs.push(run);
    truths.push(await pipeline.truth());
    return run;
  }
  const idOf = (run: number, repo: string): string => truths[run]!.find((row) => row.repo === repo)!.repoId;
  const pairs = ({ renamed = [] }: Run): string[] => renamed.map(({ from, to }) => `${from} > ${to}`).sort();
  const stored = (run: Run): Promise<RepoStats[]> => pipeline.stats(run.id);
  const outcomeOf = async (run: Run, repo: string): Promise<Outcome> => {
    const batch = (await stored(run)).find((s) => s.repo === repo)!.batchId;
    return (await pipeline.outcomes(run.id)).find((o) => o.batchId === batch)!;
  };

  beforeAll(async () => {
    pipeline = await Pipeline.start({
      world: {
        repositories: 80,
        owners: [{ login: 'acme' }, { login: 'globex' }],
        individual: ['octokit/tool'],
        named: NAMED,
      },
    });
    await collect();
    await pipeline.happens(
      rename('acme/first', 'second'),
      { event: 'transfer', repository: 'acme/mover', to: 'globex' },
      { event: 'delete', repository: 'acme/alpha' },
      rename('acme/beta', 'alpha'),
      { event: 'delete', repository: 'acme/gone' },
      { event: 'add', owner: 'acme', name: 'gone' },
      rename('octokit/tool', 'kit'),
    );
    await collect();
    await collect();
  });
  afterAll(() => pipeline.stop());

  it('are told of by no first run, which has nothing to compare with', () => {
    expect(runs[0]).toMatchObject({ status: 'completed', totalCreatedCount: truths[0]!.length });
    for (const key of ['previousRunId', 'renamed', 'renamedTotal', 'takenOver', 'takenOverTotal'])
      expect(runs[0]).not.toHaveProperty(key);
  });

  it('are told by the next run, each repository once and under the right names', () => {
    expect(runs[1]!.previousRunId).toBe(runs[0]!.id);
    expect(pairs(runs[1]!)).toEqual([
      'acme/beta > acme/alpha',
      'acme/first > acme/second',
      'acme/mover > globex/mover',
      'octokit/tool > octokit/kit',
    ]);
    expect(runs[1]!.renamedTotal).toBe(4);
  });

  it('are noticed when they belong to another repository than before', () => {
    const { takenOver = [], takenOverTotal } = runs[1]!;
    expect(takenOver.toSorted((a, b) => (a.repo < b.repo ? -1 : 1))).toEqual([
      { repo: 'acme/alpha', was: idOf(0, 'acme/alpha'), is: idOf(0, 'acme/beta') },
      { repo: 'acme/gone', was: idOf(0, 'acme/gone'), is: idOf(1, 'acme/gone') },
    ]);
    expect(takenOverTotal).toBe(2);
  });

  it('stand in the documents of the run that first saw them', async () => {
    const told = (await stored(runs[1]!)).flatMap(({ repo, previousName, tookNameOf }) =>
      previousName || tookNameOf ? [{ repo, previousName, tookNameOf }] : [],
    );
    expect(told).toEqual([
      { repo: 'acme/alpha', previousName: 'acme/beta', tookNameOf: idOf(0, 'acme/alpha') },
      { repo: 'acme/gone', previousName: undefined, tookNameOf: idOf(0, 'acme/gone') },
      { repo: 'acme/second', previousName: 'acme/first', tookNameOf: undefined },
      { repo: 'globex/mover', previousName: 'acme/mover', tookNameOf: undefined },
      { repo: 'octokit/kit', previousName: 'octokit/tool', tookNameOf: undefined },
    ]);
  });

  it('are told of once: the run after that says nothing', async () => {
    expect(runs[2]!.previousRunId).toBe(runs[1]!.id);
    for (const key of ['renamed', 'renamedTotal', 'takenOver', 'takenOverTotal'])
      expect(runs[2]).not.toHaveProperty(key);
    expect((await stored(runs[2]!)).filter((s) => s.previousName ?? s.tookNameOf)).toEqual([]);
  });

  it('are neither growth nor loss: totals and numbers are the truth, and every repository is there once', async () => {
    // Two deleted, one added.
    expect(runs.slice(0, 3).map((r) => r.totalCreatedCount)).toEqual([
      truths[0]!.length,
      truths[0]!.length - 1,
      truths[0]!.length - 1,
    ]);
    for (const [i, run] of runs.slice(0, 3).entries()) {
      expect(run).toMatchObject({ totalFailedCount: 0, totalDuplicateCount: 0 });
      const stats = await stored(run);
      expect(stats.map(comparable)).toEqual(truths[i]!.map(comparable));
      expect(new Set(stats.map((s) => s.repoId)).size).toBe(stats.length);
      expect(run.createdList.split(',').sort()).toEqual(stats.map((s) => s.repo));
    }
  });

  it('leave the history of a repository whole: it is found by node id', async () => {
    const query = {
      query: 'SELECT c.repo, c.runId FROM c WHERE c.repoId = @id',
      parameters: [{ name: '@id', value: idOf(0, 'acme/mover') }],
    };
    const { resources } = await pipeline.supervisor.containers.repoStats.items
      .query<{ repo: string; runId: string }>(query)
      .fetchAll();
    const byRun = resources.toSorted((a, b) => Number(a.runId) - Number(b.runId));
    expect(byRun.map((d) => d.runId)).toEqual(runs.slice(0, 3).map((r) => r.id));
    expect(byRun.map((d) => d.repo)).toEqual(['acme/mover', 'globex/mover', 'globex/mover']);
  });

  it('are in the mail', async () => {
    const mails = (await pipeline.mails()) as { subject: string; content?: { value: string }[] }[];
    const textOf = (run: Run): string =>
      mails.filter((m) => m.subject.endsWith(`(run ${run.id})`)).at(-1)!.content![0]!.value;
    expect(textOf(runs[1]!)).toContain('octokit/tool is now octokit/kit');
    expect(textOf(runs[1]!)).toContain(
      'Names that belong to another repository than before\n- acme/alpha\n- acme/gone\n',
    );
    expect(textOf(runs[2]!)).not.toMatch(/is now|than before/);
  });

  it('cost one point read per repository that kept its name', () => {
    const perRepository = runs.slice(0, 3).map((r) => r.costs.requestUnits / r.totalCreatedCount);
    expect(perRepository[0]).toBeCloseTo(5.9, 1);
    expect(perRepository[2]! - perRepository[0]!).toBeCloseTo(1, 1);
  });

  it('cost two queries more for each that did not, or one where the point read found whose name it was', () => {
    const { costs, totalCreatedCount: all } = runs[1]!;
    // Three under free names, one under a name that was another's, and one new under such a name.
    const changed = 3 * (6.9 + 3.35 + 2.3) + (6.9 + 3.35) + (6.9 + 2.3);
    // Four were compared under the name that they had.
    const compared = 4 * 1;
    // octokit/tool was asked for under its old name: had this run stored it so before?
    const plannedOtherwise = 1;
    expect(costs.requestUnits).toBeCloseTo((all - 5) * 6.9 + changed + compared + plannedOtherwise, 1);
  });

  it('stay as they were told when the same message comes again', async () => {
    const run = runs[1]!;
    const before = await outcomeOf(run, 'globex/mover');
    const { batchId } = before;
    expect(planOfBatch(batchId)).toBeDefined();
    const documents = (await stored(run)).filter((s) => s.batchId === batchId);
    const nameOf = ({ repo }: RepoStats): string =>
      Object.entries(before.entries).find(([name, e]) => (e.as ?? name) === repo)![0];
    const message = WriteStats.parse({
      runId: run.id,
      batchId,
      attempt: 1,
      // As the fetcher sent it: it knows nothing of former names.
      stats: documents.map((s) => ({ name: nameOf(s), document: asFetched(s) })),
      failures: [],
      cost: { calls: 1, points: 1, seconds: 1 },
    });
    const client = new ServiceBusClient(pipeline.supervisor.addresses.serviceBusConnection);
    const known = pipeline.logs.length;
    await client.createSender(QUEUES.write.name).sendMessages(writeEnvelope(message, writeLanes(true)));
    await pipeline.logged(
      (r) =>
        pipeline.logs.indexOf(r) >= known &&
        r.message === 'batch written' &&
        r.batchId === batchId &&
        r.runId === run.id,
    );
    await client.close();
    expect(await outcomeOf(run, 'globex/mover')).toEqual(before);
    expect((await stored(run)).filter((s) => s.batchId === batchId)).toEqual(documents);
  });

  it('may be swapped: both are told, and both names changed hands', async () => {
    await pipeline.happens(
      rename('acme/left', 'aside'),
      rename('acme/right', 'left'),
      rename('acme/aside', 'right'),
    );
    const run = await collect();
    expect(pairs(run)).toEqual(['acme/left > acme/right', 'acme/right > acme/left']);
    expect(run.takenOver?.map((t) => t.repo).sort()).toEqual(['acme/left', 'acme/right']);
    expect(run.totalCreatedCount).toBe(truths[0]!.length - 1);
  });

  it('are told once though another selection saw them first', async () => {
    await pipeline.happens(rename('acme/second', 'third'));
    const few = await collect({ fullOrgs: [], individualRepos: ['acme/second', 'octokit/tool'] });
    expect(pairs(few)).toEqual(['acme/second > acme/third']);
    const all = await collect();
    expect(all.previousRunId).toBe(runs[3]!.id);
    expect(all).not.toHaveProperty('renamed');
    expect(all).not.toHaveProperty('takenOver');
  });
});

/** A stored document as its message brought it. */
const asFetched = (document: RepoStats): object =>
  Object.fromEntries(
    Object.entries(document).filter(
      ([key]) => !key.startsWith('_') && key !== 'previousName' && key !== 'tookNameOf',
    ),
  );
