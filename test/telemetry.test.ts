/** What the apps tell Application Insights of a run: one trace, whose spans all have their parents, and entries as they are defined. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Row } from '@github-repo-stats/local/application-insights/rows';
import { LOG_ENTRIES, type FieldKind, type LogEntry } from '@github-repo-stats/shared/log-entries';
import { traceIdOf } from '@github-repo-stats/shared/telemetry/run-trace';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Pipeline } from './pipeline.ts';

const world = { repositories: 240, owners: [{ login: 'acme' }, { login: 'globex' }] };
const sources = { fullOrgs: [{ orgName: 'acme' }, { orgName: 'globex' }] };
const settings = { NumberOfReposToQueryPerCall: '50' };
/** A call that GitHub does not answer ends after 6 s instead of 15, and a dead process's grant is waited for 8 s instead of 20. */
const durationScale = 0.4;
const TOKEN = 'marked-secret-token';

const rowsOf = async (file: string): Promise<Row[]> =>
  (await readFile(file, 'utf8').catch(() => ''))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row);

interface Calls {
  tokens: Record<string, { calls: { stats: number }; inFlight: { stats: number } }>;
}

/**
 * Kills the fetcher while GitHub does not answer it, when everything that it had told until then has arrived, among it calls of the
 * very delivery that dies.
 */
async function killInACall(pipeline: Pipeline, file: string): Promise<void> {
  // A call that is not answered is given up, and told; the delivery goes on to the next one.
  await pipeline.fails({ fault: 'hang', kind: 'stats', times: 5 });
  const state = async (): Promise<string | undefined> => {
    const [{ calls, inFlight }] = Object.values(((await pipeline.calls()) as Calls).tokens) as [
      Calls['tokens'][string],
    ];
    const said = pipeline.logs.filter((r) => r.app === 'fetcher' && r.message in LOG_ENTRIES).length;
    const rows = (await rowsOf(file)).filter((r) => r.AppRoleName === 'fetcher');
    const entries = rows.filter((r) => r.Type === 'AppTraces');
    const ended = new Set(rows.map((r) => r['Id']));
    const inTheMiddle = rows.some((r) => r['Name'] === 'ask GitHub' && !ended.has(r.ParentId));
    const stands = inFlight.stats === 1 && said === entries.length && inTheMiddle;
    return stands ? `${calls.stats} ${said}` : undefined;
  };
  for (let before = await state(); ;) {
    // What arrives with the entries of a delivery arrives within the same second.
    await sleep(1_500);
    const now = await state();
    if (now !== undefined && now === before) break;
    before = now;
  }
  pipeline.supervisor.kill('fetcher', 'SIGKILL');
  await pipeline.failsNoMore();
}

const idsOf = (rows: readonly Row[]): Map<unknown, Row> =>
  new Map(rows.flatMap((r) => (r['Id'] ? [[r['Id'], r]] : [])));

/** The names of the spans from the root of the run to each fold. */
function pathsOfFolds(rows: readonly Row[]): string[] {
  const ids = idsOf(rows);
  return rows
    .filter((r) => r['Name'] === 'fold')
    .map((fold) => {
      const path: string[] = [];
      for (let at: Row | undefined = fold; at; at = ids.get(at.ParentId)) path.unshift(String(at['Name']));
      return path.join(' ');
    });
}

const FOLD_OF_THE_RERUN = /^run rerun( fetch)+( write)+ fold$/;

describe('a run with a rerun, whose fetcher was killed on the way', () => {
  let folder: string;
  let rows: Row[];
  let logged: { message: string }[];
  let runId: string;
  let secrets: string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'telemetry-'));
    const telemetry = join(folder, 'telemetry.ndjson');
    const orders = { credentials: [{ name: 'first', token: TOKEN }] };
    const pipeline = await Pipeline.start({ world, settings, durationScale, telemetry, orders });
    try {
      runId = await pipeline.run(sources);
      await pipeline.logged((r) => r.message === 'batch fetched');
      await killInACall(pipeline, telemetry);
      await pipeline.ended(runId);
      await pipeline.api(`runs/${runId}/rerun`, {
        method: 'POST',
        body: JSON.stringify({ batches: ['b-s00001-00001-1', 'b-s00002-00001-2'] }),
      });
      await pipeline.ended(runId, 2);
      // The sweep may end it before the feed brings what it ended with.
      await vi.waitUntil(
        async () => pathsOfFolds(await rowsOf(telemetry)).some((p) => FOLD_OF_THE_RERUN.test(p)),
        {
          timeout: 30_000,
          interval: 200,
        },
      );
      const { cosmosKey, serviceBusConnection } = pipeline.supervisor.addresses;
      const [, sharedKey = ''] = /SharedAccessKey=([^;]+)/.exec(serviceBusConnection) ?? [];
      secrets = [TOKEN, cosmosKey, sharedKey];
    } finally {
      await pipeline.stop();
    }
    logged = pipeline.logs.filter((r) => r.message in LOG_ENTRIES);
    rows = await rowsOf(telemetry);
  });
  afterAll(() => rm(folder, { recursive: true }));

  const named = (name: string): Row[] => rows.filter((r) => r['Name'] === name);
  const entries = (): Row[] => rows.filter((r) => r.Type === 'AppTraces');

  it('is one trace, whose id follows from its run id', () => {
    expect([...new Set(rows.map((r) => r.OperationId))]).toEqual([traceIdOf(runId)]);
  });

  it('has every parent that is named, and one root', () => {
    const ids = idsOf(rows);
    const orphans = rows.filter((r) => r.ParentId !== '' && !ids.has(r.ParentId));
    expect(orphans.map((r) => [r.AppRoleName, r['Name'] ?? r['Message']])).toEqual([]);
    expect(rows.filter((r) => r.ParentId === '').map((r) => r['Name'])).toEqual(['run']);
    expect(ids.size).toBe(rows.filter((r) => r['Id']).length);
  });

  it('has a span of the run per revision, as long as the run was', () => {
    const runs = named('run');
    expect(runs.map((r) => [r.Properties['revision'], r.AppRoleName, r['Success']])).toEqual([
      ['1', 'reporter', true],
      ['2', 'reporter', true],
    ]);
    const [first] = entries().filter((r) => r['Message'] === 'run ended');
    expect(Number(runs[0]?.['DurationMs'])).toBeCloseTo(Number(first?.Properties['seconds']) * 1000, 3);
    expect(runs[1]?.ParentId).toBe(runs[0]?.['Id']);
  });

  it('leads by parents from the reporter back through every app to the start', () => {
    const paths = pathsOfFolds(rows);
    const like = (form: RegExp): boolean => paths.some((path) => form.test(path));
    // A page is resolved after the one before it, and what waits is fetched in a copy.
    expect({ paths, found: like(/^run start run( resolve)+( fetch)+( write)+ fold$/) }).toMatchObject({
      found: true,
    });
    expect({ paths, found: like(FOLD_OF_THE_RERUN) }).toMatchObject({ found: true });
  });

  it('has a row for every entry that was logged, and no other', () => {
    const texts = (list: readonly unknown[]): unknown[] => list.map(String).sort();
    expect(texts(entries().map((r) => r['Message']))).toEqual(texts(logged.map((r) => r.message)));
  });

  it('has the entries of a run, with exactly the fields that they are defined with', () => {
    const must: LogEntry[] = [
      'run started',
      'page planned',
      'batch fetched',
      'batch written',
      'outcomes folded',
      'message handled',
      'rerun requested',
      'run ended',
      'waiting',
    ];
    const texts = new Set(entries().map((r) => r['Message']));
    expect(must.filter((text) => !texts.has(text))).toEqual([]);
    expect(entries().flatMap(wrongFields)).toEqual([]);
  });

  it('tells the calls to GitHub below the deliveries that made them, by whom and what came of them', () => {
    const ids = idsOf(rows);
    const calls = named('ask GitHub');
    expect(new Set(calls.map((r) => ids.get(r.ParentId)?.['Name']))).toEqual(new Set(['resolve', 'fetch']));
    for (const { Properties: p } of calls)
      expect(p).toMatchObject({
        credential: 'first',
        outcome: expect.stringMatching(/^(data|timeout)$/),
        points: expect.stringMatching(/^\d+$/),
        seconds: expect.stringMatching(/^[\d.]+$/),
      });
    expect(new Set(calls.map((r) => r.Properties['kind']))).toEqual(new Set(['listing', 'stats']));
  });

  it("links every delivery to the host's own trace of it", () => {
    for (const row of [...named('resolve'), ...named('fetch'), ...named('write'), ...named('fold')]) {
      const links = JSON.parse(row.Properties['_MS.links'] ?? '[]') as { operation_Id: string }[];
      expect(links).toHaveLength(1);
      expect(links[0]?.operation_Id).not.toBe(row.OperationId);
    }
  });

  it('tells the delivery that the killed process had begun once, when it was delivered again', () => {
    const again = named('fetch').filter((r) => r.Properties['delivery'] === '2');
    expect(again.map((r) => r.Properties['result'])).toEqual(['completed']);
  });

  it('tells no secret and no text of a query', () => {
    const everything = JSON.stringify(rows);
    expect(secrets.map((secret) => secret.length > 5)).toEqual([true, true, true]);
    expect(secrets.filter((secret) => everything.includes(secret))).toEqual([]);
    expect(everything).not.toMatch(/rateLimit\(|nameWithOwner|bearer/i);
  });
});

/** What is wrong with the properties of an entry. */
function wrongFields({ Message, Properties }: Row): string[] {
  const fields = LOG_ENTRIES[Message as LogEntry] as Record<string, FieldKind> | undefined;
  if (!fields) return [`${String(Message)}: is not defined`];
  const FORMS = {
    text: /^[^]*$/,
    number: /^-?\d+(\.\d+)?(e-\d+)?$/,
    time: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/,
  };
  const unknown = Object.keys(Properties).filter((name) => !(name in fields));
  const wrong = Object.entries(fields).filter(([name, kind]) => {
    const value = Properties[name];
    const form = FORMS[kind.replace('?', '') as keyof typeof FORMS];
    return value === undefined ? !kind.endsWith('?') : !form.test(value);
  });
  return [...unknown, ...wrong.map(([name]) => name)].map((name) => `${String(Message)}: ${name}`);
}

describe('a run whose telemetry is not taken', () => {
  it.each([
    ['refused with 500', async (url: string) => void (await failAll(url))],
    ['never answered', async (_url: string, pipeline: Pipeline) => freeze(pipeline)],
  ])('%s, completes all the same, and its logs are not filled with that', async (_how, breakIt) => {
    const folder = await mkdtemp(join(tmpdir(), 'telemetry-'));
    const telemetry = join(folder, 'telemetry.ndjson');
    const pipeline = await Pipeline.start({ world: { ...world, repositories: 60 }, settings, telemetry });
    try {
      const { applicationInsightsConnection = '' } = pipeline.supervisor.addresses;
      const [, url = ''] = /IngestionEndpoint=([^;]+)/.exec(applicationInsightsConnection) ?? [];
      await breakIt(url, pipeline);
      const run = await pipeline.ended(await pipeline.run(sources));
      expect(run).toMatchObject({ status: 'completed', totalCreatedCount: 60 });
      const apps = ['scheduler', 'resolver', 'fetcher', 'writer', 'reporter'];
      const others = pipeline.logs.filter((r) => apps.includes(r.app) && r['category'] === 'console');
      expect(others).toEqual([]);
      expect(await rowsOf(telemetry)).toEqual([]);
    } finally {
      pipeline.supervisor.kill('application-insights', 'SIGCONT');
      await pipeline.stop();
      await rm(folder, { recursive: true });
    }
  });
});

const failAll = (url: string): Promise<Response> =>
  fetch(new URL('/_control', url), { method: 'POST', body: JSON.stringify({ status: 500, times: 1e6 }) });

function freeze(pipeline: Pipeline): Promise<void> {
  pipeline.supervisor.kill('application-insights', 'SIGSTOP');
  return Promise.resolve();
}
