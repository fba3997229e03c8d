/**
 * What looking at the dashboard costs: request units and time of each view, first and again, and in a browser its weight, requests, first
 * paint, and the table of repositories.
 *
 *   npm run bench:dashboard -- [--repositories 6000,100000] [--check] [--save]
 *
 * The runs are made up and stored as the services store them: eleven
 * of them, in one organisation per 2,000 repositories. No limit is set on request units.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildServices } from '@github-repo-stats/local/build/services';
import { openDataFolder } from '@github-repo-stats/local/platform/data-folder';
import { ANY_PORTS } from '@github-repo-stats/local/platform/ports';
import { Supervisor } from '@github-repo-stats/local/platform/supervisor';
import { readUserSettings } from '@github-repo-stats/local/platform/user-settings';
import type { RepoStats } from '@github-repo-stats/shared/documents';
import { batchId } from '@github-repo-stats/shared/ids';
import { documentOf } from '../services/reporter/src/rows.fixture.ts';
import { runOf } from '../shared/src/run.fixture.ts';
import { openChromium } from '../test/chromium.ts';
import { storePastRuns } from '../test/past-runs.ts';
import { z } from 'zod';
import { COSMOS_PORT, startChargeMeter, type Charges } from './charge-meter.ts';
import { number, readArguments, Report } from './report.ts';

const BOUNDS = { pageBytes: 60_000, requests: 4, paintMs: 1000, warmMs: 200, coldMs: 2000 };
/** Days before the latest run of those before it. */
const DAYS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 30, 31];
const BATCH = 65;
const LANGUAGES = ['TypeScript', 'Go', 'Rust', 'C#', 'Python', null];

const { repositories, ...options } = readArguments(
  'npm run bench:dashboard -- [--repositories 6000,100000]',
  {
    repositories: z
      .string()
      .regex(/^[1-9]\d{2,}(,[1-9]\d{2,})*$/, 'must be whole numbers from 100 on, with commas between them')
      .default('6000,100000')
      .transform((text) => text.split(',').map(Number)),
  },
);
const report = new Report(
  'What does looking at the dashboard cost: request units, time, and in a browser its weight?',
);

const statsOf = (count: number): RepoStats[] =>
  Array.from({ length: count }, (_, i) =>
    documentOf(`organisation-${Math.floor(i / 2000)}/some-repository-${i}`, {
      stars: (i * 7919) % 100_003,
      forks: (i * 31) % 977,
      language: LANGUAGES[i % LANGUAGES.length]!,
      isArchived: i % 6 === 0,
      repoId: `R_kgDO${i.toString(36).padStart(8, '0')}`,
      batchId: batchId('s00001', Math.floor(i / BATCH) + 1, 1),
    }),
  );

const REPOSITORY = 'organisation-0/some-repository-50';
const VIEWS = {
  'home, and the opening of each': 'overview',
  runs: 'runs?limit=30',
  run: 'runs/latest',
  failures: 'runs/latest/failures?limit=100',
  repositories: 'runs/latest/repositories?sort=stars&limit=50',
  'repositories, next by change': 'runs/latest/repositories?sort=stars.d7&search=sit&limit=50',
  repository: `repositories/${REPOSITORY}?days=30`,
  organisations: 'runs/latest/organisations?limit=50',
  organisation: 'organisations/organisation-0?days=30',
  events: 'events?days=30',
  health: 'health',
};

interface Measured {
  ms: number;
  ru: number;
}

async function measure(count: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'dashboard-'));
  const charges: Charges = new Map();
  const meter = await startChargeMeter(charges);
  const data = openDataFolder(folder);
  const supervisor = new Supervisor({
    data,
    user: readUserSettings({}, folder),
    apps: () => buildServices(),
    world: { seed: 1, owners: [{ login: 'acme' }], individual: [], repositories: 1 },
    ports: { ...ANY_PORTS, cosmos: COSMOS_PORT },
    extra: {
      scheduler: { 'AzureWebJobs.schedule.Disabled': 'true' },
      reporter: { CosmosDB_Endpoint: meter.endpoint, 'AzureWebJobs.sweep.Disabled': 'true' },
    },
    durationScale: 1,
  });
  const origin = (): string => `http://127.0.0.1:${supervisor.ports.reporter}`;

  async function ask(path: string): Promise<Measured> {
    charges.clear();
    const began = performance.now();
    const response = await fetch(`${origin()}/api/${path}`);
    const body = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${body}`);
    const ru = [...charges.values()].reduce((sum, charge) => sum + charge.ru, 0);
    return { ms: performance.now() - began, ru };
  }

  try {
    await supervisor.start();
    const stats = statsOf(count);
    const id = String(Math.floor(Date.now() / 1000) - 3600);
    const at = new Date(Number(id) * 1000).toISOString();
    await storePastRuns({
      containers: supervisor.containers,
      run: runOf({
        id,
        runId: id,
        startedAt: at,
        endedAt: new Date(Date.parse(at) + 600_000).toISOString(),
        progressAt: at,
        status: 'completed',
        revision: 1,
        sourcesTotal: 0,
        totalPlanned: count,
        totalReceived: count,
        totalCreatedCount: count,
      }),
      stats,
      sources: [],
      plans: [],
      outcomes: [],
      days: DAYS,
      whole: [],
      shown: new Set([REPOSITORY]),
    });
    // Nothing that was stored is in its memory, and the change feed has settled before anything is measured.
    await restarted(supervisor);
    report.say(`${number(count)} repositories:`);
    const of = `of ${number(count)}`;
    const rows = [];
    for (const [view, path] of Object.entries(VIEWS)) {
      const [first, again] = [await ask(path), await ask(path)];
      rows.push([view, ...[first, again].flatMap(({ ms, ru }) => [number(ms), number(ru, 1)])]);
      if (view === 'repositories')
        report.bound({ what: `table ${of}, cold, ms`, found: first.ms, atMost: BOUNDS.coldMs, digits: 0 });
      if (view.startsWith('repositories'))
        report.bound({ what: `${view} ${of}, warm, ms`, found: again.ms, atMost: BOUNDS.warmMs, digits: 0 });
    }
    report.table(['view', 'first: ms', 'RU', 'again: ms', 'RU'], rows);
    await inBrowser(origin(), of);
  } finally {
    await supervisor.stop();
    data.release();
    meter.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function restarted(supervisor: Supervisor): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  const starts = (): number => supervisor.processes().find(({ name }) => name === 'reporter')!.starts;
  const before = starts();
  supervisor.kill('reporter', 'SIGKILL');
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const isUp = await fetch(`http://127.0.0.1:${supervisor.ports.reporter}/`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (starts() > before && isUp) return;
  }
}

/** Over the protocol of its developer tools, without any throttling. */
async function inBrowser(origin: string, of: string): Promise<void> {
  const browser = await openChromium();
  try {
    const page = await browser.newPage();
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    const asked = new Map<string, string>();
    const bytes = new Map<string, number>();
    session.on('Network.requestWillBeSent', ({ requestId, request }) => {
      if (!request.url.startsWith('data:')) asked.set(requestId, new URL(request.url).pathname);
    });
    session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) =>
      bytes.set(requestId, encodedDataLength),
    );
    await page.goto(`${origin}/`);
    await page.getByText('What moved most').waitFor();
    const paint = await page.evaluate<number>(
      `performance.getEntriesByName('first-contentful-paint')[0].startTime`,
    );
    const sent = [...asked].map(([id, path]) => ({ path, bytes: bytes.get(id) ?? 0 }));
    const own = sent.filter(({ path }) => !path.startsWith('/api/'));
    const weight = own.reduce((sum, { bytes: more }) => sum + more, 0);
    report.say(
      `The page: ${number(weight)} bytes compressed, ${sent.length} requests (${sent.map(({ path }) => path).join(' ')}), first contentful paint after ${number(paint)} ms.`,
    );
    const began = performance.now();
    await page.goto(`${origin}/?view=repositories&sort=stars.d30`);
    await page.getByText('Next page').waitFor();
    report.say(
      `The table of repositories in the browser, from the address to its rows: ${number(performance.now() - began)} ms.`,
    );
    const whole = { digits: 0 };
    report.bound(
      { what: `page ${of}, bytes`, found: weight, atMost: BOUNDS.pageBytes, ...whole },
      { what: `page ${of}, requests`, found: sent.length, atMost: BOUNDS.requests, ...whole },
      { what: `page ${of}, first paint, ms`, found: paint, atMost: BOUNDS.paintMs, ...whole },
    );
  } finally {
    await browser.close();
  }
}

for (const size of repositories) await measure(size);
report.end(options);
