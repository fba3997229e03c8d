/** Filters of an organisation over the whole pipeline: exactly the repositories that have the properties are collected. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TruthRow } from '@github-repo-stats/local/github/truth';
import { Pipeline, comparable } from './pipeline.ts';

const NAMED = ['acme/chosen', 'globex/tool'];

describe('runs over two organisations with filters', () => {
  let pipeline: Pipeline;
  let truth: TruthRow[];

  beforeAll(async () => {
    pipeline = await Pipeline.start({
      world: {
        repositories: 400,
        owners: [{ login: 'acme' }, { login: 'globex' }],
        individual: [],
        named: NAMED,
      },
    });
    const change = (repository: string, facts: object) => ({ event: 'change', repository, facts });
    await pipeline.happens(
      change('acme/chosen', {
        isArchived: true,
        isFork: true,
        isTemplate: false,
        language: null,
        topics: ['observatory'],
      }),
      change('globex/tool', { isArchived: false, isFork: false, topics: ['observatory', 'cli'] }),
    );
    truth = await pipeline.truth();
  });
  afterAll(() => pipeline.stop());

  const of = (owner: string, wanted: (row: TruthRow) => boolean): TruthRow[] =>
    truth.filter((row) => row.repo.startsWith(`${owner}/`) && wanted(row));

  /** All that a run over these sources stored. */
  async function collected(fullOrgs: object[], individualRepos: string[] = []): Promise<unknown[]> {
    const run = await pipeline.ended(await pipeline.run({ fullOrgs, individualRepos }));
    const stats = await pipeline.stats(run.id);
    expect(run).toMatchObject({ status: 'completed', totalFailedCount: 0, totalPlanned: stats.length });
    return stats.map(comparable);
  }
  const sorted = (...rows: TruthRow[]): unknown[] =>
    rows.sort((a, b) => (a.repo < b.repo ? -1 : 1)).map(comparable);

  it('take those that are archived, forks or templates, or those that are not', async () => {
    const acme = of('acme', (row) => !row.isArchived && !row.isFork && !row.isTemplate);
    expect(acme.length).toBeGreaterThan(100);
    const globex = of('globex', (row) => row.isArchived);
    expect(globex.length).toBeGreaterThan(5);
    expect(
      await collected([
        { orgName: 'acme', archived: false, forks: false, templates: false },
        { orgName: 'globex', archived: true },
      ]),
    ).toEqual(sorted(...acme, ...globex));
    const templates = of('acme', (row) => row.isTemplate);
    const forks = of('globex', (row) => row.isFork && row.visibility === 'PUBLIC');
    expect(templates.length).toBeGreaterThan(0);
    expect(forks.length).toBeGreaterThan(5);
    expect(
      await collected([
        { orgName: 'Acme', templates: true },
        { orgName: 'globex', forks: true, visibility: ['public', 'internal'] },
      ]),
    ).toEqual(sorted(...templates, ...forks));
  });

  it('take those of some languages, and none without a language', async () => {
    const inLanguages = (row: TruthRow) => row.language === 'TypeScript' || row.language === 'Go';
    const acme = of('acme', inLanguages);
    expect(new Set(acme.map((row) => row.language)).size).toBe(2);
    expect(truth.some((row) => row.language === null)).toBe(true);
    const globex = of('globex', (row) => row.language === 'Python' && !row.isFork);
    expect(globex.length).toBeGreaterThan(0);
    expect(
      await collected([
        { orgName: 'acme', languages: 'typescript, GO' },
        { orgName: 'globex', languages: ['Python'], forks: false },
      ]),
    ).toEqual(sorted(...acme, ...globex));
  });

  it('take those of some topics', async () => {
    const tool = of('globex', (row) => row.repo === 'globex/tool');
    const chosen = of('acme', (row) => row.repo === 'acme/chosen');
    expect(
      await collected([
        { orgName: 'globex', topics: ['no-such-topic', 'Observatory'] },
        { orgName: 'acme', topics: 'observatory', archived: true },
      ]),
    ).toEqual(sorted(...tool, ...chosen));
  });

  it('leave alone a repository that is named by itself, and apply after excludes', async () => {
    const chosen = of('acme', (row) => row.repo === 'acme/chosen');
    const kept = of('acme', (row) => !row.isArchived && !/^acme\/a/i.test(row.repo));
    expect(kept.length).toBeLessThan(of('acme', (row) => !row.isArchived).length);
    const sources = [{ orgName: 'acme', archived: false, exclude: 'a*,chosen' }];
    expect(await collected(sources, ['acme/Chosen'])).toEqual(sorted(...kept, ...chosen));
  });

  it('complete when they take nothing', async () => {
    expect(await collected([{ orgName: 'globex', visibility: 'private' }])).toEqual([]);
  });

  it('are refused by name when they cannot be meant, and nothing is run', async () => {
    const fullOrgs = [
      { orgName: 'acme', archived: 'no' },
      { orgName: 'globex', topics: [] },
    ];
    const response = await pipeline.api('runs', {
      method: 'POST',
      body: JSON.stringify({ sources: { fullOrgs } }),
    });
    expect(response.status).toBe(400);
    const text = await response.text();
    for (const path of ['fullOrgs[0].archived', 'fullOrgs[1].topics']) expect(text).toContain(path);
  });
});
