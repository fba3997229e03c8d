import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ROOT } from '../build/service-folders.ts';

let folder: string;
const running: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'command-'));
  await writeFile(
    join(folder, 'sources.json'),
    JSON.stringify({
      fullOrgs: [{ orgName: 'octokit', exclude: ['Secret-*', 'left-out'] }],
      individualRepos: ['nodejs/node'],
    }),
  );
});
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
  await nothingLives();
  await rm(folder, { recursive: true });
});

interface Running {
  child: ChildProcess;
  /** Everything said so far, stdout and stderr. */
  lines: string[];
  /** Resolves to the first line that matches, said already or later; rejects when the command ends before. */
  line(pattern: RegExp): Promise<string>;
  code: Promise<number | null>;
}

function command(name: string, ...options: string[]): Running {
  const { Github_Token: _token, GITHUB_TOKEN: _other, Github_Credentials: _more, ...env } = process.env;
  const child = spawn(process.execPath, [join(ROOT, 'local/bin/github-repo-stats.mjs'), name, ...options], {
    cwd: folder,
    // Waiting times of the services: one that was killed holds its right to ask GitHub for 20 s otherwise.
    env: { ...env, DurationScale: '0.05' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  const lines: string[] = [];
  const changed = new EventTarget();
  for (const stream of [child.stdout, child.stderr])
    createInterface(stream).on('line', (line) => {
      lines.push(line);
      changed.dispatchEvent(new Event('line'));
    });
  const code = once(child, 'close').then(([exit]) => exit as number | null);
  const line = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = lines.find((text) => pattern.test(text));
        if (found !== undefined) resolve(found);
      };
      changed.addEventListener('line', look);
      code.then(() => reject(new Error(`ended without ${pattern}:\n${lines.join('\n')}`)), reject);
      look();
    });
  return { child, lines, line, code };
}

/** Ids of the processes of this data folder that are alive, by what the logs say of their starts. */
async function living(): Promise<number[]> {
  const logs = join(folder, '.data/logs');
  const files = await readdir(logs).catch(() => []);
  const texts = await Promise.all(files.map((file) => readFile(join(logs, file), 'utf8')));
  const pids = texts.flatMap((text) =>
    [...text.matchAll(/"process listens","pid":(\d+)/g)].map(([, pid]) => Number(pid)),
  );
  return pids.filter((pid) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  });
}

const byteOrder = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Children of a killed command end by themselves, a moment later. */
const nothingLives = (): Promise<void> =>
  vi.waitFor(
    async () => {
      const pids = await living();
      if (pids.length > 0) throw new Error(`still alive: ${pids.join(', ')}`);
    },
    { timeout: 10_000 },
  );

/** Waits for exit code 0, and shows what was said when it is another. */
async function succeeds({ code, lines }: Running): Promise<void> {
  const exit = await code;
  if (exit !== 0) throw new Error(`exit code ${exit}:\n${lines.join('\n')}`);
}

const rowsOf = (text: string): Record<string, unknown>[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('with --telemetry the apps tell of the run, into a file; without it nothing is told', async () => {
  const run = command('start', '--repos', '20', '--telemetry', 'told.ndjson');
  await succeeds(run);
  const rows = rowsOf(await readFile(join(folder, 'told.ndjson'), 'utf8'));
  const apps = new Set(rows.map((row) => row['AppRoleName']));
  expect(apps).toEqual(new Set(['scheduler', 'resolver', 'fetcher', 'writer', 'reporter']));
  expect(rows.filter((row) => row['Name'] === 'run')).toHaveLength(1);
  expect(run.lines.join('\n')).toContain('  telemetry   told.ndjson');
  const { length } = rows;
  await succeeds(command('start', '--repos', '20'));
  expect(rowsOf(await readFile(join(folder, 'told.ndjson'), 'utf8'))).toHaveLength(length);
});

test('a start makes one run, whose statistics are the truth, and says so', async () => {
  const run = command('start', '--repos', '120', '--out', 'stats.ndjson', '--json');
  await succeeds(run);
  expect(run.lines[0]).toBe(
    'GitHub is simulated: 120 invented repositories. Set Github_Token to read the real one.',
  );
  const document = JSON.parse(run.lines.at(-1)!) as Record<string, unknown>;
  expect(document).toMatchObject({ status: 'completed', totalFailedCount: 0, revision: 1 });
  expect(run.lines.join('\n')).toMatch(/Run \d+ completed in .*\n\n {2}repositories .*Most starred/s);

  const truth = command('truth', '--repos', '120');
  expect(await truth.code).toBe(0);
  const expected = rowsOf(truth.lines.join('\n')).filter(({ repo }) => repo !== 'octokit/left-out');
  const stored = new Map(
    rowsOf(await readFile(join(folder, 'stats.ndjson'), 'utf8')).map((row) => [row['repo'], row]),
  );
  expect(new Set(stored.keys())).toEqual(new Set(expected.map(({ repo }) => repo)));
  expect([...stored.keys()].join()).toBe([...stored.keys()].map(String).sort(byteOrder).join());
  for (const row of expected) expect(stored.get(row['repo'])).toMatchObject(row);
  expect(document['totalCreatedCount']).toBe(stored.size);
  expect((await readdir(join(folder, '.data/mail'))).filter((f) => f.endsWith('.json'))).toHaveLength(2);
});

test('an estimate tells what the run will be, and makes none', async () => {
  const estimated = command('start', '--estimate', '--repos', '120', '--json');
  await succeeds(estimated);
  const estimate = JSON.parse(estimated.lines.at(-1)!) as Record<string, unknown>;
  expect(estimate).toMatchObject({ dryRun: true, individualRepositories: 1, upperBound: true });
  expect(estimated.lines.join('\n')).toMatch(/Repositories\n {2}octokit +up to \d+ +GitHub counts without/);
  expect(await readFile(join(folder, '.data/logs/scheduler.log'), 'utf8')).not.toContain('run started');
  expect(await readdir(join(folder, '.data/logs'))).not.toContain('fetcher.log');

  const run = command('start', '--repos', '120', '--json');
  await succeeds(run);
  expect(run.lines.join('\n')).toMatch(/^Run \d+ started/m);
  const { totalReceived } = JSON.parse(run.lines.at(-1)!) as { totalReceived: number };
  // No repository of that world has a name that the pattern leaves out.
  expect(estimate['repositories']).toBe(totalReceived);
});

test('a run meets what --faults orders from the start, events and faults', async () => {
  const example = join(ROOT, 'local/faults.example.json');
  const run = command('start', '--repos', '120', '--faults', example, '--out', 'stats.ndjson', '--json');
  await succeeds(run);
  expect(run.lines[1]).toMatch(/^Ordered by .*faults\.example\.json: 3 events and 6 faults\.$/);
  expect(JSON.parse(run.lines.at(-1)!)).toMatchObject({ status: 'completed', totalFailedCount: 1 });
  const rows = rowsOf(await readFile(join(folder, 'stats.ndjson'), 'utf8'));
  expect(rows.map(({ repo }) => repo)).not.toContain('nodejs/node');
  expect(rows.find(({ repo }) => repo === 'octokit/brand-new')).toMatchObject({ stars: 7 });
  const log = (app: string): Promise<string> => readFile(join(folder, `.data/logs/${app}.log`), 'utf8');
  expect(await log('resolver')).toContain('"reason":"transport');
  expect(await log('fetcher')).toMatch(/"reason":"timeout.*"reason":"GitHub limit: secondary/s);
  const truth = command('truth', '--repos', '120', '--faults', example);
  await succeeds(truth);
  expect(truth.lines.join('\n')).toContain('"octokit/brand-new"');
});

test('a run that was killed is finished by the next start, as one run; other options are refused', async () => {
  // A call for each repository, so that the run is still under way when it is killed.
  const settings = { IsEncrypted: false, Values: { NumberOfReposToQueryPerCall: '1' } };
  await writeFile(join(folder, 'local.settings.json'), JSON.stringify(settings));
  const first = command('start', '--repos', '120');
  const started = await first.line(/^Run \d+ started/);
  const runId = /\d+/.exec(started)![0];
  const second = command('start', '--repos', '120');
  expect(await second.code).toBe(2);
  expect(second.lines.join('\n')).toMatch(
    new RegExp(`data folder .* is in use by process ${first.child.pid}`),
  );

  first.child.kill('SIGKILL');
  await first.code;
  await nothingLives();
  const other = command('start', '--repos', '60');
  expect(await other.code).toBe(2);
  expect(other.lines.join('\n')).toContain('  - --repos: it has 120, not 60');

  const next = command('start', '--repos', '120', '--out', 'stats.ndjson', '--json');
  await succeeds(next);
  expect(next.lines).toContain(`Run ${runId} was interrupted: going on with it.`);
  expect(JSON.parse(next.lines.at(-1)!)).toMatchObject({ id: runId, status: 'completed' });
  const repos = rowsOf(await readFile(join(folder, 'stats.ndjson'), 'utf8')).map(({ repo }) => repo);
  expect(new Set(repos).size).toBe(repos.length);
}, 60_000);

test('Ctrl-C stops everything, exit code 130', async () => {
  const run = command('start', '--repos', '120');
  await run.line(/^Run \d+ started/);
  run.child.kill('SIGINT');
  expect(await run.code).toBe(130);
  expect(await living()).toEqual([]);
});

test('serve starts runs on demand, starts a killed app again, and ends on Ctrl-C', async () => {
  const served = command('serve', '--repos', '60', '--json');
  const dashboard = /http:\S+/.exec(await served.line(/ {2}Dashboard /))![0];
  const api = /http:\S+/.exec(await served.line(/ {2}API /))![0];
  expect(await (await fetch(dashboard)).text()).toContain('<title>GitHub repository statistics</title>');
  // The file of --sources, not the one that the bundle was shipped with.
  const sources = JSON.parse(await readFile(join(folder, 'sources.json'), 'utf8')) as unknown;
  expect(await (await fetch(`${api}/sources`)).json()).toEqual(sources);
  const answer = await fetch(`${api}/runs`, { method: 'POST' });
  expect(answer.status).toBe(202);
  const { runId } = (await answer.json()) as { runId: string };
  await served.line(/^\{"id":"\d+"/);
  expect(await (await fetch(`${api}/runs/${runId}`)).json()).toMatchObject({
    id: runId,
    status: 'completed',
  });

  const log = await readFile(join(folder, '.data/logs/scheduler.log'), 'utf8');
  process.kill(Number(/"process listens","pid":(\d+)/.exec(log)![1]), 'SIGKILL');
  await served.line(/scheduler ended \(SIGKILL\) and is started again/);
  await vi.waitFor(async () => expect((await fetch(`${api}/runs`)).status).toBe(200), {
    timeout: 10_000,
    interval: 100,
  });

  served.child.kill('SIGINT');
  expect(await served.code).toBe(0);
  expect(await living()).toEqual([]);
});

test('a simulated GitHub that was killed comes back as the same world, with the events of --faults', async () => {
  const served = command('serve', '--repos', '60', '--faults', join(ROOT, 'local/faults.example.json'));
  const github = /http:\S+/.exec(await served.line(/ {2}GitHub /))![0];
  const truth = async (): Promise<string> => (await fetch(new URL('/_simulator/truth', github))).text();
  const before = await truth();
  expect(before).toContain('"octokit/brand-new"');
  const log = await readFile(join(folder, '.data/logs/github.log'), 'utf8');
  process.kill(Number(/"process listens","pid":(\d+)/.exec(log)![1]), 'SIGKILL');
  await served.line(/github ended \(SIGKILL\) and is started again/);
  await vi.waitFor(async () => expect(await truth()).toBe(before), { timeout: 10_000, interval: 100 });
  served.child.kill('SIGINT');
  expect(await served.code).toBe(0);
});

test('a file of faults is refused with the real GitHub, and told with all other mistakes', async () => {
  await writeFile(join(folder, 'faults.json'), '{"faults": [{"fault": "reset", "times": "often"}]}');
  await writeFile(join(folder, 'local.settings.json'), '{"Values": {"Github_Token": "ghp_secret"}}');
  const run = command('start', '--faults', 'faults.json');
  expect(await run.code).toBe(2);
  expect(run.lines).toEqual([
    '--faults faults.json: scripts the simulated GitHub, but Github_Token is set',
    'faults.json cannot be used:',
    expect.stringMatching(/^ {2}- faults\[0\]\.times: /),
  ]);
});

test('mistakes are told before anything starts', async () => {
  await writeFile(join(folder, 'sources.json'), '{"fullOrgs": [{"orgName": "no spaces"}]}');
  await writeFile(join(folder, 'local.settings.json'), '{"Values": {\n"NumberOfReposToQueryPerCall": 0}}');
  const run = command('start');
  expect(await run.code).toBe(2);
  expect(run.lines).toEqual([
    'sources.json cannot be used:',
    '  - line 1: fullOrgs[0].orgName is not the name of a GitHub organisation or user',
    'Settings cannot be used:',
    '  - NumberOfReposToQueryPerCall (local.settings.json:2): is not a whole number from 1 to 100',
  ]);
  expect(await readdir(folder)).not.toContain('.data');
});
