/** The reporter's read API over the whole pipeline: what it answers is what is true in the simulated world. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TruthRow } from '@github-repo-stats/local/github/truth';
import type { Run } from '@github-repo-stats/shared/documents';
import type { z } from 'zod';
import {
  FailureList,
  Overview,
  Problem,
  RepositoryList,
  RepositoryRow,
  RunDetail,
} from '../services/reporter/src/api/contract.ts';
import { RunList } from '../services/reporter/src/api/run-list-contract.ts';
import { Pipeline } from './pipeline.ts';

const SOURCES = {
  fullOrgs: [{ orgName: 'acme' }, { orgName: 'globex' }],
  individualRepos: ['octokit/tool', 'octokit/missing'],
};
/** What a spreadsheet would run. */
const FORMULA = '=HYPERLINK("https://evil.example","C")';
const NAMED = ['acme/first', 'acme/old', 'acme/gone', 'acme/kept'];

describe('the read API', () => {
  let pipeline: Pipeline;
  const runs: Run[] = [];
  const truths: TruthRow[][] = [];

  async function ask<S extends z.ZodType>(schema: S, path: string, init?: RequestInit): Promise<z.output<S>> {
    const response = await pipeline.reporter(`api/${path}`, init);
    const text = await response.text();
    expect([response.status, path, response.ok ? '' : text]).toEqual([200, path, '']);
    return schema.parse(JSON.parse(text));
  }

  async function collect(): Promise<void> {
    runs.push(await pipeline.ended(await pipeline.run(SOURCES)));
    truths.push(await pipeline.truth());
  }

  beforeAll(async () => {
    pipeline = await Pipeline.start({
      world: {
        repositories: 240,
        owners: [{ login: 'acme' }, { login: 'globex' }],
        individual: ['octokit/tool'],
        named: NAMED,
      },
      settings: { NumberOfReposToQueryPerCall: '30' },
    });
    await collect();
    const { stars } = truths[0]!.find((row) => row.repo === 'acme/first')!;
    await pipeline.happens(
      { event: 'change', repository: 'acme/first', facts: { stars: stars + 7, language: FORMULA } },
      { event: 'rename', repository: 'acme/old', to: 'young' },
      { event: 'delete', repository: 'acme/gone' },
      { event: 'archive', repository: 'acme/kept' },
      { event: 'add', owner: 'acme', name: 'fresh' },
    );
    await collect();
  });
  afterAll(() => pipeline.stop());

  it('tells of the latest run, of totals and of what became of repositories', async () => {
    const overview = await ask(Overview, 'overview');
    const [, run] = runs;
    const sum = (name: 'stars' | 'openIssues') => truths[1]!.reduce((total, row) => total + row[name], 0);
    expect(overview).toMatchObject({
      last: { runId: run!.id, revision: 1, created: truths[1]!.length, failed: 1, endedAt: run!.endedAt },
      live: null,
      failures: [{ reason: 'not-found', count: 1, clearsByItself: false }],
      totals: { repositories: truths[1]!.length, stars: sum('stars'), openIssues: sum('openIssues') },
      change: { previous: { stars: 7 }, d7: null },
      comparedWith: { previous: new Date(Number(runs[0]!.id) * 1000).toISOString(), d7: null },
      events: { new: { first: ['acme/fresh'] }, gone: { first: ['acme/gone'] }, archived: { total: 1 } },
    });
    expect(Date.parse(overview.nextRunAt!)).toBeGreaterThan(Date.now() - 1000);
  });

  it('lists runs, the latest first, by pages', async () => {
    const first = await ask(RunList, 'runs?limit=1');
    const second = await ask(RunList, `runs?limit=1&after=${first.next}`);
    expect([...first.items, ...second.items].map((run) => run.runId)).toEqual([runs[1]!.id, runs[0]!.id]);
    expect(second.next).toBeUndefined();
    expect(first.items[0]).toMatchObject({ githubCalls: runs[1]!.costs.githubCalls });
  });

  it('tells of one run what failed and where', async () => {
    const detail = await ask(RunDetail, `runs/${runs[0]!.id}`);
    expect(detail).toMatchObject({ run: { runId: runs[0]!.id, failed: 1 }, live: null });
    const { items, total } = await ask(FailureList, 'runs/latest/failures');
    expect({ items, total }).toMatchObject({
      total: 1,
      items: [{ repo: 'octokit/missing', reason: 'not-found', attempt: 1 }],
    });
    expect((await ask(FailureList, 'runs/latest/failures?reason=saml')).total).toBe(0);
  });

  it.each([
    ['sort=stars', (a: TruthRow, b: TruthRow) => b.stars - a.stars],
    ['sort=openIssues&order=asc', (a: TruthRow, b: TruthRow) => a.openIssues - b.openIssues],
    ['sort=repo&order=asc', (a: TruthRow, b: TruthRow) => (a.repo < b.repo ? -1 : 1)],
    ['sort=repo', (a: TruthRow, b: TruthRow) => (a.repo < b.repo ? 1 : -1)],
  ])('pages through the table of repositories by %s, each once and in order', async (sort, order) => {
    const seen: string[] = [];
    let next: string | undefined;
    do {
      const page = await ask(
        RepositoryList,
        `runs/latest/repositories?archived=show&limit=37&${sort}${next ? `&after=${next}` : ''}`,
      );
      expect(page.total).toBe(truths[1]!.length);
      for (const row of page.items) {
        const truth = truths[1]!.find(({ repo }) => repo === row.repo)!;
        const { stars, forks, openIssues, closedIssues, openPRs, isArchived, language, visibility } = truth;
        expect(row).toMatchObject({
          stars,
          forks,
          openIssues,
          closedIssues,
          openPRs,
          isArchived,
          language,
          visibility,
        });
      }
      seen.push(...page.items.map(({ repo }) => repo));
      ({ next } = page);
    } while (next);
    const byName = (a: TruthRow, b: TruthRow): number => (a.repo < b.repo ? -1 : 1);
    expect(seen).toEqual(truths[1]!.toSorted((a, b) => order(a, b) || byName(a, b)).map(({ repo }) => repo));
  });

  it('finds by any part of a name, owner, language and whether it is archived', async () => {
    const shown = (query: string) => ask(RepositoryList, `runs/latest/repositories?limit=500&${query}`);
    const archived = truths[1]!.filter((row) => row.isArchived).length;
    const all = await shown('');
    expect(all).toMatchObject({ total: truths[1]!.length - archived, archivedHidden: archived });
    expect((await shown('archived=only')).items.every((row) => row.isArchived)).toBe(true);
    expect((await shown('search=OUN')).items.map((row) => row.repo)).toContain('acme/young');
    const org = await shown('org=ACME&archived=show');
    expect(org.total).toBe(truths[1]!.filter((row) => row.repo.startsWith('acme/')).length);
    const { language } = truths[1]!.find((row) => row.language !== null)!;
    expect((await shown(`language=${encodeURIComponent(language!)}&archived=show`)).total).toBe(
      truths[1]!.filter((row) => row.language === language).length,
    );
  });

  it('sorts by change, and what cannot be compared comes last in either direction', async () => {
    const top = await ask(
      RepositoryList,
      'runs/latest/repositories?sort=stars.previous&limit=500&archived=show',
    );
    expect(top.items[0]).toMatchObject({ repo: 'acme/first', change: { previous: { stars: 7 }, d7: null } });
    expect(top.items.at(-1)).toMatchObject({ repo: 'acme/fresh', change: { previous: null } });
    const up = await ask(
      RepositoryList,
      'runs/latest/repositories?sort=stars.previous&order=asc&limit=500&archived=show',
    );
    expect(up.items.at(-1)!.repo).toBe('acme/fresh');
  });

  it('hands out tables whole, and in CSV nothing that a spreadsheet would run', async () => {
    const text = async (path: string) => (await pipeline.reporter(`api/${path}`)).text();
    const path = 'runs/latest/repositories?archived=show&sort=stars';
    const csv = (await text(`${path}&format=csv`)).trimEnd().split('\r\n');
    const byStars = truths[1]!.toSorted((a, b) => b.stars - a.stars || (a.repo < b.repo ? -1 : 1));
    const start = ({ repo, stars, forks }: TruthRow) => [repo, stars, forks].join(',');
    expect(csv.slice(1).map((line) => line.split(',').slice(0, 3).join(','))).toEqual(byStars.map(start));
    expect(csv.find((line) => line.startsWith('acme/first,'))).toContain(
      `,"'=HYPERLINK(""https://evil.example"",""C"")",`,
    );
    // As it is where nothing runs it.
    const rows = (await text(`${path}&format=ndjson`)).trimEnd().split('\n');
    const first = rows
      .map((line) => RepositoryRow.parse(JSON.parse(line)))
      .find(({ repo }) => repo === 'acme/first');
    expect(first).toMatchObject({ language: FORMULA });
    const failed = (await text('runs/latest/failures?format=csv')).trimEnd().split('\r\n');
    expect(failed).toEqual([
      'repo,reason,detail,attempt,batchId',
      expect.stringMatching(/^octokit\/missing,not-found,/),
    ]);
  });

  it('confirms what a client has, for as long as the question is the same', async () => {
    const path = 'api/runs/latest/repositories?sort=forks';
    const first = await pipeline.reporter(path);
    const etag = first.headers.get('etag')!;
    const again = await pipeline.reporter(path, { headers: { 'if-none-match': etag } });
    expect([again.status, await again.text()]).toEqual([304, '']);
    expect((await pipeline.reporter(`${path}&org=acme`, { headers: { 'if-none-match': etag } })).status).toBe(
      200,
    );
  });

  it.each([
    ['overview?code=abc', 400, /x-functions-key/],
    ['overview?codes=abc', 400, /codes: is no parameter/],
    ['runs?limit=0', 400, /limit: is less than 1/],
    ['runs?limit=1&limit=2', 400, /more than once/],
    ['runs/latest/repositories?sort=starz', 400, /sort: /],
    ['runs/latest/repositories?after=abc', 400, /after: /],
    ['overview?format=csv', 400, /no table/],
    ['overview?format=xml', 400, /format: /],
    ['runs/123', 404, /no run 123/],
    ['runs/..%2F', 404, /no run/],
    ['nothing', 404, /openapi/],
    ['', 404, /openapi/],
  ])('says of %s what is wrong', async (path, status, detail) => {
    const response = await pipeline.reporter(`api/${path}`);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const problem = Problem.parse(await response.json());
    expect(problem).toMatchObject({ status, detail: expect.stringMatching(detail) as unknown });
    expect(response.status).toBe(status);
  });

  it('refuses a cursor once a filter or the order has changed', async () => {
    const { next } = await ask(RepositoryList, 'runs/latest/repositories?limit=5');
    await ask(RepositoryList, `runs/latest/repositories?limit=9&after=${next}`);
    for (const change of ['org=acme', 'order=asc', 'sort=forks', 'archived=show'])
      expect(
        (await pipeline.reporter(`api/runs/latest/repositories?limit=5&${change}&after=${next}`)).status,
      ).toBe(400);
  });
});
