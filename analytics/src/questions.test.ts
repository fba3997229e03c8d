import type { RepoStats } from '@github-repo-stats/shared/documents';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { AnalyticsError } from './analytics-error.ts';
import { memoryArchive, runIdAt, statsOf, temporaryFolder, tinyYear } from './archive.fixture.ts';
import { fetchArchive } from './fetch-archive.ts';
import { runRows } from './known-runs.ts';
import { openAnalytics, type Analytics } from './open-analytics.ts';
import { QUESTIONS, questionOf, sqlOf } from './questions.ts';

let analytics: Analytics;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  const { files, manifests } = await fetchArchive(tinyYear().blobs, folder.path);
  analytics = await openAnalytics({ files, runs: runRows([], manifests, new Set()), folder: folder.path });
});
afterAll(async () => {
  analytics.close();
  await folder[Symbol.asyncDispose]();
});

async function rows(sql: string): Promise<Record<string, unknown>[]> {
  const { columns, rows } = await analytics.rows(sql, 100);
  return rows.map((row) => Object.fromEntries(row.map((value, i) => [columns[i]!, value])));
}
const ask = (name: string, parameters: Record<string, string> = {}) =>
  rows(sqlOf(questionOf(name), parameters));
const problemsOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof AnalyticsError) return error.message;
    throw error;
  }
  return '';
};

describe('the views', () => {
  it('have one row per repository and run, with times in UTC', async () => {
    expect(
      await rows('SELECT count(*) AS n, count(DISTINCT run) AS runs, sum(stars) AS stars FROM stats'),
    ).toEqual([{ n: 21, runs: 5, stars: 217 + 228 + 217 + 246 + 151 }]);
    expect(
      await rows(
        `SELECT date, "runAt", owner, "runId", "pushedAt", "collectedAt", "change_d7_stars" FROM stats WHERE run = 1770681600 AND repo = 'beta/tool'`,
      ),
    ).toEqual([
      {
        date: '2026-02-10',
        runAt: '2026-02-10 00:00:00',
        owner: 'beta',
        runId: '1770681600',
        pushedAt: '2025-01-01 10:00:00',
        collectedAt: '2026-02-10 00:00:00',
        change_d7_stars: null,
      },
    ]);
  });

  it('know of each repository when it was seen, its names, and whether it is gone', async () => {
    expect(
      await rows(
        `SELECT "repoId", repo, "firstSeen", "lastSeen", names, "firstArchived", gone, stars FROM repos WHERE repo IN ('beta/tool', 'beta/gone', 'acme/old') ORDER BY repo`,
      ),
    ).toEqual([
      {
        repoId: 'R_acme/old',
        repo: 'acme/old',
        firstSeen: '2026-01-01',
        lastSeen: '2026-02-10',
        names: ['acme/old'],
        firstArchived: '2026-01-31',
        gone: false,
        stars: 50,
      },
      {
        repoId: 'R_beta/gone',
        repo: 'beta/gone',
        firstSeen: '2026-01-01',
        lastSeen: '2026-01-11',
        names: ['beta/gone'],
        firstArchived: null,
        gone: true,
        stars: 41,
      },
      {
        repoId: 'R_cli',
        repo: 'beta/tool',
        firstSeen: '2026-01-01',
        lastSeen: '2026-02-10',
        names: ['beta/cli', 'beta/tool'],
        firstArchived: null,
        gone: false,
        stars: 30,
      },
    ]);
  });

  it('sum each run by owner', async () => {
    expect(
      await rows(
        'SELECT owner, repositories, archived, stars, "openIssues" FROM orgs WHERE run = 1769817600 ORDER BY owner',
      ),
    ).toEqual([
      { owner: 'acme', repositories: 3, archived: 2, stars: 187, openIssues: 14 },
      { owner: 'beta', repositories: 2, archived: 0, stars: 30, openIssues: 4 },
    ]);
  });

  it('have a row for each run that is known', async () => {
    expect(
      await rows('SELECT run, date, "runAt", created, "statsFrom" FROM runs ORDER BY run DESC LIMIT 1'),
    ).toEqual([
      { run: 1770703200, date: '2026-02-10', runAt: '2026-02-10 06:00:00', created: 1, statsFrom: 'archive' },
    ]);
  });
});

describe('growth', () => {
  it('counts what came and what went, by organisation', async () => {
    expect(await ask('growth')).toEqual([
      {
        org: 'acme',
        repositoriesThen: 3,
        new: 0,
        gone: 0,
        repositories: 3,
        starsThen: 157,
        stars: 208,
        starsMore: 51,
        starsMorePercent: 32.5,
        forksMore: 4,
        issuesOpened: 26,
        pullRequestsOpened: 0,
      },
      {
        org: 'beta',
        repositoriesThen: 2,
        new: 1,
        gone: 1,
        repositories: 2,
        starsThen: 60,
        stars: 39,
        starsMore: -21,
        starsMorePercent: -35,
        forksMore: 0,
        issuesOpened: 9,
        // All of them the new one's.
        pullRequestsOpened: 761,
      },
    ]);
  });

  it('is told by language, and of any span', async () => {
    expect(await ask('growth', { by: 'language' })).toMatchObject([
      { language: 'TypeScript', repositories: 2, starsThen: 120, stars: 181 },
      { language: 'Go', repositoriesThen: 2, new: 1, starsThen: 57, stars: 66 },
      { language: '(none)', gone: 1, starsThen: 40, stars: 0 },
    ]);
    // Both days count; what has gone since was there then.
    expect(await ask('growth', { from: '2026-01-01', to: '2026-01-11' })).toMatchObject([
      { org: 'acme', starsMore: 10 },
      { org: 'beta', gone: 0, starsMore: 1 },
    ]);
  });
});

test('backlog tells what is open, what came and went, and for how long it lasts', async () => {
  expect(await ask('backlog')).toMatchObject([
    {
      org: 'acme',
      openIssuesThen: 15,
      openIssues: 11,
      issuesOpened: 26,
      issuesClosed: 30,
      openIssuesMore: -4,
      weeksOfWork: 2.1,
    },
    {
      org: 'beta',
      openIssuesThen: 4,
      openIssues: 7,
      issuesOpened: 9,
      issuesClosed: 3,
      openIssuesMore: 3,
      weeksOfWork: 13.3,
    },
  ]);
  expect(await ask('backlog', { by: 'repository', limit: '2' })).toMatchObject([
    { repository: 'acme/api', openIssues: 6 },
    { repository: 'acme/old', openIssues: 5, weeksOfWork: null },
  ]);
});

test('silent are those without a push that are there and not archived', async () => {
  expect(await ask('silent')).toEqual([
    {
      repo: 'beta/tool',
      asOf: '2026-02-10',
      lastPush: '2025-01-01',
      daysWithout: 405,
      stars: 30,
      openIssues: 5,
      openPullRequests: 13,
      language: 'TypeScript',
    },
  ]);
  expect(await ask('silent', { days: '406' })).toEqual([]);
});

test('closing are those that close more than is opened', async () => {
  expect(await ask('closing')).toEqual([
    { repository: 'acme/api', opened: 26, closed: 30, fewer: 4, closedPercent: 115.4, open: 6 },
  ]);
  expect(await ask('closing', { to: '2026-01-11' })).toEqual([]);
  expect(await ask('closing', { by: 'org' })).toMatchObject([{ org: 'acme', fewer: 4, open: 11 }]);
});

test('movers are those whose stars changed most, under the names that they have now', async () => {
  const expected = [
    { repo: 'acme/api', formerly: null, starsMore: 51, starsMorePercent: 51, forksMore: 4 },
    { repo: 'beta/tool', formerly: 'beta/cli', starsMore: 10, starsMorePercent: 50 },
    { repo: 'beta/new', new: true, starsThen: 0, starsMore: 9, starsMorePercent: null },
    { repo: 'beta/gone', gone: true, starsMore: 1 },
  ];
  expect(await ask('movers', { year: '2026', limit: '4' })).toMatchObject(expected);
  expect(await ask('movers', { limit: '4' })).toMatchObject(expected);
  expect(await ask('movers', { year: '2025' })).toEqual([]);
});

test('survival tells what becomes of those that are archived or renamed', async () => {
  expect(await ask('survival')).toEqual([
    {
      what: 'archived',
      repositories: 1,
      there: 1,
      gone: 0,
      takenUpAgain: 0,
      therePercent: 100,
      medianDaysSince: 10,
    },
    {
      what: 'archived before',
      repositories: 1,
      there: 1,
      gone: 0,
      takenUpAgain: 0,
      therePercent: 100,
      medianDaysSince: 40,
    },
    {
      what: 'renamed',
      repositories: 1,
      there: 1,
      gone: 0,
      takenUpAgain: 0,
      therePercent: 100,
      medianDaysSince: 10,
    },
    {
      what: 'neither',
      repositories: 3,
      there: 2,
      gone: 1,
      takenUpAgain: 0,
      therePercent: 66.7,
      medianDaysSince: 10,
    },
  ]);
});

test('a document of the first generation, without a node id and dates, is counted under its name', async () => {
  await using other = await temporaryFolder();
  const { archive, blobs } = memoryArchive();
  const stars = [1, 3];
  for (const [i, day] of ['2026-01-01', '2026-01-02'].entries()) {
    const runId = runIdAt(`${day}T00:00:00Z`);
    const {
      repoId: _id,
      createdAt: _created,
      pushedAt: _pushed,
      ...old
    } = statsOf(runId, 'acme/api', stars[i]!, [1, 1]);
    archive(runId, [[old as RepoStats]]);
  }
  const { files } = await fetchArchive(blobs, other.path);
  const old = await openAnalytics({ files, runs: [], folder: other.path });
  const { columns, rows } = await old.rows(sqlOf(questionOf('growth')), 10);
  expect(Object.fromEntries(columns.map((column, i) => [column, rows[0]![i]]))).toMatchObject({
    org: 'acme',
    repositoriesThen: 1,
    new: 0,
    repositories: 1,
    starsThen: 1,
    stars: 3,
  });
  old.close();
});

describe('a question', () => {
  it('that does not exist is answered by the list', () => {
    expect(problemsOf(() => questionOf('shrinkage'))).toBe(
      `shrinkage: is not a question (${QUESTIONS.map(({ name }) => name).join(', ')})`,
    );
  });

  it('says everything that is wrong with its parameters', () => {
    expect(
      problemsOf(() => sqlOf(questionOf('growth'), { by: 'planet', from: "2026' OR 1=1", days: '3' })),
    ).toBe(
      [
        '--by planet: is none of org, language',
        "--from 2026' OR 1=1: is not a date like 2026-11-30",
        '--days: is not a parameter of growth',
      ].join('\n'),
    );
    expect(problemsOf(() => sqlOf(questionOf('silent'), { days: '0', limit: 'x' }))).toBe(
      '--days 0: is not a whole number from 1 to 36500\n--limit x: is not a whole number',
    );
  });

  it('is answered of an archive without a run', async () => {
    await using empty = await temporaryFolder();
    const nothing = await openAnalytics({ files: [], runs: [], folder: empty.path });
    const views = ['stats', 'days', 'repos', 'orgs', 'runs'].map((view) => `FROM ${view}`);
    for (const sql of [...QUESTIONS.map((question) => sqlOf(question)), ...views])
      expect((await nothing.rows(sql, 10)).rows).toEqual([]);
    nothing.close();
  });
});
