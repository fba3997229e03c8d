/**
 * The dashboard in a browser: every view while a run is under way and after it, over 5,000 repositories and 30 earlier runs.
 * With DASHBOARD_SCREENSHOTS=folder pictures of each view are kept there.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ANALYSIS, analysisId, type Analysis } from '@github-repo-stats/shared/analysis';
import type { Plan, Run, Source } from '@github-repo-stats/shared/documents';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openChromium, withoutBrowser } from './chromium.ts';
import { storePastRuns } from './past-runs.ts';
import { Pipeline } from './pipeline.ts';

const SOURCES = { fullOrgs: [{ orgName: 'acme' }, { orgName: 'globex' }], individualRepos: ['octokit/tool'] };
const NAMED = ['acme/first', 'acme/old', 'acme/gone', 'acme/kept', 'acme/secret'];
const DAYS = Array.from({ length: 30 }, (_, i) => i + 1);
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** What was answered after a run. */
const MOVERS: Analysis = {
  id: analysisId('movers'),
  runId: ANALYSIS,
  type: 'analysis',
  name: 'movers',
  title: "The year's movers",
  tells: 'Whose stars changed most.',
  ofRun: '1795459801',
  revision: 1,
  asOf: '2026-11-23T18:50:01.000Z',
  columns: ['repo', 'new', 'starsMore', 'starsMorePercent', 'formerly'],
  numeric: [false, false, true, true, false],
  rows: [['acme/first', false, 1234, 5.5, null]],
  total: 7,
};
const KEPT = process.env['DASHBOARD_SCREENSHOTS'];

/** Each view: its address, and what must be on it once it has been answered. */
const VIEWS = {
  home: ['/', 'What moved most'],
  runs: ['/?view=runs', 'Request units'],
  run: ['/?view=run&run=latest', 'Totals then'],
  failures: ['/?view=failures&run=latest', 'Repository'],
  repositories: ['/?view=repositories', 'Next page'],
  repository: ['/?view=repository&repo=acme%2Ffirst', 'These numbers as a table'],
  organisations: ['/?view=organisations', 'globex'],
  organisation: ['/?view=organisation&org=acme', 'acme'],
  events: ['/?view=events', 'Gone'],
  analysis: ['/?view=analysis', 'the first 1 of 7 rows'],
  health: ['/?view=health', 'Dead letters'],
} as const;
type ViewName = keyof typeof VIEWS;
const NAMES = Object.keys(VIEWS) as ViewName[];

interface AxeResult {
  violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
}

describe.skipIf(withoutBrowser)('the dashboard', () => {
  let pipeline: Pipeline;
  let browser: Browser;
  let before: Run;
  let now: Run;
  let runId: string;
  let reading: { page: Page; context: BrowserContext; names: string[] };
  /** What a browser said is wrong, and what it asked of others. */
  const complaints: string[] = [];

  async function opened(
    scheme: 'light' | 'dark' = 'light',
    viewport = { width: 1280, height: 900 },
  ): Promise<{ page: Page; context: BrowserContext }> {
    const context = await browser.newContext({ colorScheme: scheme, viewport, timezoneId: 'Europe/Berlin' });
    const page = await context.newPage();
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      const { origin } = new URL(request.url());
      if (origin !== address() && !request.url().startsWith('data:'))
        complaints.push(`asked ${request.url()}`);
    });
    return { page, context };
  }
  const address = (): string => `http://127.0.0.1:${pipeline.supervisor.ports.reporter}`;

  async function show(page: Page, view: ViewName): Promise<void> {
    const [path, text] = VIEWS[view];
    await page.goto(address() + path);
    await page.getByText(text).first().waitFor();
    await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
  }

  /** Serious and critical findings, in words. */
  async function findings(page: Page): Promise<string[]> {
    await page.evaluate(AXE);
    const { violations } = await page.evaluate<AxeResult>('axe.run()');
    return violations
      .filter(({ impact }) => ['serious', 'critical'].includes(impact))
      .flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`),
      );
  }

  async function keep(page: Page, name: string): Promise<void> {
    if (KEPT !== undefined) await page.screenshot({ path: join(KEPT, `${name}.png`), fullPage: true });
  }

  /** Goes through all of them. @returns what is wrong with each. */
  async function problems(
    when: string,
    scheme: 'light' | 'dark',
    viewport?: { width: number; height: number },
  ): Promise<string[]> {
    const { page, context } = await opened(scheme, viewport);
    const found: string[] = [];
    try {
      for (const view of NAMES) {
        await show(page, view);
        found.push(...(await findings(page)).map((finding) => `${view}: ${finding}`));
        const beyond = await page.evaluate<number>(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        if (beyond > 0) found.push(`${view}: scrolls sideways by ${beyond} px`);
        await keep(page, `${when}-${view}-${scheme}-${viewport?.width ?? 1280}`);
      }
    } finally {
      await context.close();
    }
    return found;
  }

  beforeAll(async () => {
    browser = await openChromium();
    pipeline = await Pipeline.start({
      world: {
        repositories: 5000,
        owners: [{ login: 'acme' }, { login: 'globex' }],
        individual: ['octokit/tool'],
        named: NAMED,
      },
      durationScale: 0.2,
    });
    before = await pipeline.ended(await pipeline.run(SOURCES));
    await storePastRuns({
      containers: pipeline.supervisor.containers,
      run: before,
      stats: await pipeline.stats(before.id),
      sources: await pipeline.ofRun<Source>(before.id, 'source'),
      plans: await pipeline.ofRun<Plan>(before.id, 'plan'),
      outcomes: await pipeline.outcomes(before.id),
      days: DAYS,
      whole: [7, 30],
      shown: new Set(NAMED),
    });
    await pipeline.supervisor.containers.runInfo.items.create(MOVERS);
    const first = (await pipeline.stats(before.id)).find(({ repo }) => repo === 'acme/first')!;
    const stars = first.stars + 3000;
    await pipeline.happens(
      { event: 'change', repository: 'acme/first', facts: { stars } },
      { event: 'rename', repository: 'acme/old', to: 'young' },
      { event: 'delete', repository: 'acme/gone' },
      { event: 'archive', repository: 'acme/kept' },
      { event: 'add', owner: 'acme', name: 'fresh' },
      { event: 'fail', target: 'acme/secret', failure: 'saml' },
    );
  }, 400_000);
  afterAll(async () => {
    await browser?.close();
    await pipeline?.stop();
  });

  it('shows every view while a run is under way, and what it waits for', async () => {
    // It answers nothing any more, so the run is under way for as long as it is looked at.
    const { page, context } = await opened();
    await show(page, 'home');
    await pipeline.fails({ fault: { secondaryLimit: { retryAfter: 30, status: 403 } }, kind: 'stats' });
    runId = await pipeline.run(SOURCES);
    await page.getByRole('heading', { name: /^Under way/ }).waitFor();
    await page.getByText(/default waits, for GitHub’s secondary rate limit, until/).waitFor();
    await keep(page, 'waiting');
    pipeline.supervisor.kill('fetcher', 'SIGSTOP');
    expect(await page.locator('.sentence').innerText()).toContain('A run is under way');
    await page.goto(`${address()}/?view=repositories`);
    await page.getByText('Next page').waitFor();
    reading = { page, context, names: await names(page) };
    expect(await problems('during', 'light')).toEqual([]);
    expect(await problems('during', 'dark')).toEqual([]);
  });

  it('does not move what is being read when that run ends, and says that there is a newer one', async () => {
    const { page, context, names: before } = reading;
    pipeline.supervisor.kill('fetcher', 'SIGCONT');
    now = await pipeline.ended(runId);
    const newer = page.getByText('A newer run has ended: show it');
    await newer.waitFor();
    expect(await names(page)).toEqual(before);
    await newer.click();
    await page.getByText('acme/first').waitFor();
    expect(await names(page)).not.toEqual(before);
    await context.close();
  });

  it.each(['light', 'dark'] as const)('shows every view after it, %s', async (scheme) => {
    expect(await problems('after', scheme)).toEqual([]);
  });

  it('fits a telephone', async () => {
    expect(await problems('after', 'light', { width: 375, height: 800 })).toEqual([]);
  });

  it('tells who has never seen it how the run went, what failed, what grew most this week and when the next one starts', async () => {
    const { page, context } = await opened();
    await show(page, 'home');
    const text = await page.locator('main').innerText();
    expect(now).toMatchObject({ status: 'completed', totalFailedCount: 1 });
    expect(text).not.toContain('under way');
    const [created, all] = [now.totalCreatedCount, now.totalReceived].map((n) => n.toLocaleString('en'));
    expect(text).toMatch(`worked, but not for all: ${created} of ${all} repositories collected, 1 failed`);
    expect(text).toContain('1 repository: protected by SAML single sign-on');
    expect(text).toContain('authorise the token for the organisation');
    expect(text).toMatch(/The next one starts at \d\d:\d\d \(in /);
    const [grewMost] = await names(page);
    expect(grewMost).toBe('acme/first');
    await context.close();
  });

  it('leads from a count to its list, and back', async () => {
    const { page, context } = await opened();
    await show(page, 'home');
    await page.getByRole('link', { name: '1 repository', exact: true }).click();
    await page.getByRole('row', { name: /acme\/secret/ }).waitFor();
    expect(new URL(page.url()).search).toBe(`?view=failures&run=${now.id}&reason=saml`);
    await page.goBack();
    await page.getByText('What moved most').waitFor();
    await context.close();
  });

  it('searches, sorts and pages with all of it in the address', async () => {
    const { page, context } = await opened();
    await page.goto(`${address()}/?view=repositories&sort=stars.d7`);
    await page.getByText('Next page').waitFor();
    const first = await names(page);
    expect(first[0]).toBe('acme/first');
    await page.getByText('Next page').click();
    await page.getByText('First page').waitFor();
    await page.locator('[aria-busy=true]').waitFor({ state: 'detached' });
    const second = await names(page);
    expect(second).toHaveLength(50);
    expect(second.filter((name) => first.includes(name))).toEqual([]);
    await page.reload();
    await page.getByText('First page').waitFor();
    await page.locator('[aria-busy=true]').waitFor({ state: 'detached' });
    expect(await names(page)).toEqual(second);
    await page.goto(`${address()}/?view=repositories&search=YOUN`);
    await page.getByRole('link', { name: 'acme/young' }).waitFor();
    await context.close();
  });

  it('marks where a repository had another name, and has its numbers as a table', async () => {
    const { page, context } = await opened();
    await page.goto(`${address()}/?view=repository&repo=acme%2Fyoung`);
    await page.getByText(/It was acme\/old from/).waitFor();
    await page.getByText('These numbers as a table').click();
    const stats = await pipeline.stats(before.id);
    const old = stats.find(({ repo }) => repo === 'acme/old')!;
    const rows = page.locator('details tbody tr');
    // 30 earlier runs less those of more than 30 days ago, and the two that were collected.
    expect(await rows.count()).toBeGreaterThan(25);
    expect(await rows.first().innerText()).toContain(old.stars.toLocaleString('en'));
    await context.close();
  });

  it('is one page, one script and one style, with no complaint of the browser', () => {
    expect(complaints).toEqual([]);
  });
});

/** In the first column of the tables, in their order. */
const names = (page: Page): Promise<string[]> =>
  page.evaluate<string[]>(
    `[...document.querySelectorAll('tbody th[scope=row] a')].map((link) => link.textContent).filter((text) => text.includes('/'))`,
  );
