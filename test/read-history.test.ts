/** The rest of the reporter's read API over the whole pipeline: owners, events, histories, health, metrics, and every table whole. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TruthRow } from '@github-repo-stats/local/github/truth';
import type { Run } from '@github-repo-stats/shared/documents';
import type { z } from 'zod';
import {
  type EventItem,
  EventList,
  Health,
  OrganisationHistory,
  OrganisationList,
  RepositoryHistory,
} from '../services/reporter/src/api/contract.ts';
import { Pipeline } from './pipeline.ts';

const SOURCES = { fullOrgs: [{ orgName: 'acme' }, { orgName: 'globex' }], individualRepos: ['octokit/tool'] };
const NAMED = ['acme/first', 'acme/old', 'acme/gone', 'acme/kept', 'acme/late'];

describe('what is read of earlier runs', () => {
  let pipeline: Pipeline;
  const runs: Run[] = [];
  const truths: TruthRow[][] = [];

  async function ask<S extends z.ZodType>(schema: S, path: string): Promise<z.output<S>> {
    const response = await pipeline.reporter(`api/${path}`);
    const text = await response.text();
    expect([response.status, path, response.ok ? '' : text]).toEqual([200, path, '']);
    return schema.parse(JSON.parse(text));
  }
  const text = async (path: string): Promise<string> => (await pipeline.reporter(`api/${path}`)).text();

  async function collect(): Promise<void> {
    runs.push(await pipeline.ended(await pipeline.run(SOURCES)));
    truths.push(await pipeline.truth());
  }
  const at = (run: number): string => new Date(Number(runs[run]!.id) * 1000).toISOString();
  const starsOf = (run: number, repo: string): number => truths[run]!.find((row) => row.repo === repo)!.stars;

  beforeAll(async () => {
    pipeline = await Pipeline.start({
      world: {
        repositories: 150,
        owners: [{ login: 'acme' }, { login: 'globex' }],
        individual: ['octokit/tool'],
        named: NAMED,
      },
    });
    await collect();
    await pipeline.happens(
      { event: 'change', repository: 'acme/first', facts: { stars: starsOf(0, 'acme/first') + 7 } },
      { event: 'rename', repository: 'acme/old', to: 'young' },
      { event: 'delete', repository: 'acme/gone' },
      { event: 'archive', repository: 'acme/kept' },
      { event: 'fail', target: 'acme/late', failure: 'saml' },
    );
    await collect();
    await pipeline.happens(
      { event: 'fail', target: 'acme/late', failure: null },
      { event: 'add', owner: 'globex', name: 'fresh' },
    );
    await collect();
  });
  afterAll(() => pipeline.stop());

  it('adds up owners as they are, in the order that was asked for, by pages', async () => {
    const sums = (owner: string) => {
      const own = truths[2]!.filter(({ repo }) => repo.startsWith(`${owner}/`));
      return { repositories: own.length, stars: own.reduce((sum, { stars }) => sum + stars, 0) };
    };
    const all = await ask(OrganisationList, 'runs/latest/organisations?sort=owner&order=asc');
    expect(all.items.map(({ owner, totals }) => [owner, totals])).toEqual(
      ['acme', 'globex', 'octokit'].map((owner) => [owner, expect.objectContaining(sums(owner))]),
    );
    // The three runs are of one day, of which the last counts.
    expect(all.trendAt).toEqual([at(2)]);
    expect(all.items.map(({ trend }) => trend)).toEqual(all.items.map(({ totals }) => [totals.stars]));
    const byStars = all.items.toSorted((a, b) => b.totals.stars - a.totals.stars).map(({ owner }) => owner);
    const seen: string[] = [];
    let next: string | undefined;
    do {
      const page = await ask(
        OrganisationList,
        `runs/latest/organisations?limit=2${next ? `&after=${next}` : ''}`,
      );
      expect(page.total).toBe(3);
      seen.push(...page.items.map(({ owner }) => owner));
      ({ next } = page);
    } while (next);
    expect(seen).toEqual(byStars);
  });

  it('tells how an owner developed, whatever the case of its name', async () => {
    const { owner, points } = await ask(OrganisationHistory, 'organisations/ACME?days=7');
    expect(owner).toBe('acme');
    expect(points).toMatchObject([
      { runId: runs[2]!.id, totals: { archived: expect.any(Number) as number } },
    ]);
    expect((await pipeline.reporter('api/organisations/nobody')).status).toBe(404);
  });

  it('keeps the line of a renamed repository whole, under either name', async () => {
    for (const name of ['old', 'young']) {
      const history = await ask(RepositoryHistory, `repositories/acme/${name}`);
      expect(history).toMatchObject({
        repo: 'acme/young',
        firstSeenAt: at(0),
        names: [
          { repo: 'acme/old', since: at(0) },
          { repo: 'acme/young', since: at(1) },
        ],
        missed: [],
        goneSince: null,
        latest: { repo: 'acme/young', change: { previous: { stars: 0 }, d7: null } },
      });
      expect(history.points.map(({ runId, repo, stars }) => [runId, repo, stars])).toEqual(
        ['old', 'young', 'young'].map((then, i) => [runs[i]!.id, `acme/${then}`, starsOf(i, `acme/${then}`)]),
      );
    }
  });

  it('says since when one is gone or archived, and which runs do not have it', async () => {
    expect(await ask(RepositoryHistory, 'repositories/acme/gone')).toMatchObject({
      goneSince: at(1),
      points: [{ runId: runs[0]!.id }],
      missed: [],
    });
    expect(await ask(RepositoryHistory, 'repositories/acme/kept')).toMatchObject({
      archivedSince: at(1),
      goneSince: null,
    });
    expect(await ask(RepositoryHistory, 'repositories/acme/late')).toMatchObject({
      points: [{ runId: runs[0]!.id }, { runId: runs[2]!.id }],
      missed: [at(1)],
      goneSince: null,
    });
    expect((await pipeline.reporter('api/repositories/acme/nothing')).status).toBe(404);
  });

  it('lists what happened, the latest first, also by pages', async () => {
    const { items } = await ask(EventList, 'events');
    const told = items.map(({ runId, kind, total, names }) => [runId, kind, total, names]);
    expect(told).toEqual([
      [runs[2]!.id, 'new', 1, ['globex/fresh']],
      [runs[1]!.id, 'gone', 1, ['acme/gone']],
      [runs[1]!.id, 'archived', 1, ['acme/kept']],
      [runs[1]!.id, 'renamed', 1, ['acme/old → acme/young']],
    ]);
    const paged: EventItem[] = [];
    let next: string | undefined;
    do {
      const page = await ask(EventList, `events?limit=1${next ? `&after=${next}` : ''}`);
      paged.push(...page.items);
      ({ next } = page);
    } while (next);
    expect(paged).toEqual(items);
  });

  it('tells of credentials, and of dead letters once the sweep has looked', async () => {
    const scheduler = `http://127.0.0.1:${pipeline.supervisor.ports.scheduler}`;
    await fetch(`${scheduler}/admin/functions/sweep`, { method: 'POST', body: '{}' });
    let health = await ask(Health, 'health');
    while (health.deadLetters === null) health = await ask(Health, 'health');
    expect(health).toMatchObject({ credentials: [{ credential: 'default', state: 'idle' }] });
    expect(health.deadLetters!.queues.map(({ count }) => count)).toEqual([0, 0, 0]);
    expect(health.cache.bytes).toBeLessThanOrEqual(health.cache.limit);
  });

  it('tells Prometheus of the latest run, its owners, and as many repositories as it asks for', async () => {
    const plain = await text('metrics');
    const stars = truths[2]!
      .filter(({ repo }) => repo.startsWith('acme/'))
      .reduce((s, row) => s + row.stars, 0);
    expect(plain).toContain(`\ngithub_repo_stats_owner_stars{owner="acme"} ${stars}\n`);
    expect(plain).toContain(
      `\ngithub_repo_stats_last_run_repositories{outcome="created"} ${truths[2]!.length}\n`,
    );
    expect(plain).not.toContain('repository=');
    const most = truths[2]!.toSorted((a, b) => b.stars - a.stars)[0]!;
    const top = await text('metrics?top=3');
    expect(top).toContain(`github_repo_stats_repository_stars{repository="${most.repo}"} ${most.stars}\n`);
    expect(top.match(/^github_repo_stats_repository_open_prs\{/gm)).toHaveLength(3);
    for (const line of top.trimEnd().split('\n'))
      expect(line).toMatch(/^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [\d.e+-]+)$/);
  });

  it.each([
    ['runs', 3],
    ['runs/latest/repositories?archived=show', 'all'],
    ['runs/latest/organisations', 3],
    ['organisations/acme', 1],
    ['repositories/acme/young', 3],
    ['events', 4],
  ] as const)('hands out the table %s whole, as CSV and as NDJSON', async (path, count) => {
    const rows = count === 'all' ? truths[2]!.length : count;
    const with_ = (format: string): string => `${path}${path.includes('?') ? '&' : '?'}format=${format}`;
    const lines = (await text(with_('ndjson'))).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toHaveLength(rows);
    expect((await text(with_('csv'))).trimEnd().split('\r\n')).toHaveLength(rows + 1);
  });

  it('is described by docs/api.md as it is, whose recipes work', async () => {
    const page = readFileSync(join(import.meta.dirname, '../docs/api.md'), 'utf8');
    const { paths } = JSON.parse(await text('openapi.json')) as { paths: Record<string, object> };
    const described = [...page.matchAll(/^\| `(api\/[^`]+)`/gm)].map(([, path]) => `/${path}`);
    expect(described.sort()).toEqual(
      Object.keys(paths)
        .filter((path) => path !== '/api/openapi.json')
        .sort(),
    );
    const relative = /RelativePath = "api\/([^"]+)"/.exec(page)![1]!;
    const query = Object.fromEntries(
      [.../Query = \[([^\]]+)\]/.exec(page)![1]!.matchAll(/(\w+) = "(\w+)"/g)].map(([, k, v]) => [k!, v!]),
    );
    const csv = await text(`${relative}?${new URLSearchParams(query).toString()}`);
    const heads = csv.split('\r\n')[0]!.split(',');
    const typed = [...page.matchAll(/\{"([\w.]+)", (?:Int64\.Type|type \w+)\}/g)].map(
      ([, column]) => column!,
    );
    expect(typed.length).toBeGreaterThan(5);
    expect(typed.filter((column) => !heads.includes(column))).toEqual([]);
    const file = /https:\/\/REPORTER\/api\/(runs\/latest\/repositories[^"]+)"/.exec(page)![1]!;
    expect((await text(file)).trimEnd().split('\r\n')).toHaveLength(truths[2]!.length + 1);
    expect((await pipeline.reporter('api/metrics?top=50')).status).toBe(200);
  });

  it.each([
    'runs/latest/organisations',
    'organisations/acme',
    'events',
    'metrics',
    'repositories/acme/first',
  ])('confirms %s when nothing has changed', async (path) => {
    const first = await pipeline.reporter(`api/${path}`);
    const tag = first.headers.get('etag')!;
    await first.body?.cancel();
    const again = await pipeline.reporter(`api/${path}`, { headers: { 'if-none-match': tag } });
    expect(again.status).toBe(304);
  });
});
