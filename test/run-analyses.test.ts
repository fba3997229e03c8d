/** Runs are analysed by themselves once they are archived: in a process of its own, each revision once, whatever dies and whatever SQL is wrong. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { AnalysisEnd } from '@github-repo-stats/local/command/analysis-process';
import { RunAnalyses } from '@github-repo-stats/local/command/run-analyses';
import { settingsOf } from '@github-repo-stats/local/platform/app-settings';
import { readUserSettings } from '@github-repo-stats/local/platform/user-settings';
import { COMMAND_SETTINGS } from '@github-repo-stats/shared/app-settings';
import { ANALYSIS, analysisId, Analysis } from '@github-repo-stats/shared/analysis';
import type { Blobs } from '@github-repo-stats/shared/clients/blobs';
import { ANALYSIS_COMPLETED } from '@github-repo-stats/shared/topology';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ArchiveSite, query, queryIn, SOURCES } from './archive-site.ts';
import type { Pipeline } from './pipeline.ts';

const STARS =
  '-- Stars of all\nSELECT sum(stars)::BIGINT AS stars FROM stats WHERE run = (SELECT max(run) FROM stats)';
const WRONG = 'SELECT sters FROM stats';
/** Longer than any test waits. */
const ENDLESS = 'SELECT sum(i * j) FROM range(10000000) a(i), range(10000000) b(j)';
const MEDIA = { contentType: 'text/plain' };

async function put(blobs: Blobs, name: string, sql: string): Promise<void> {
  const path = `queries/${name}.sql`;
  const written = await blobs.write(path, Buffer.from(sql), MEDIA, (await blobs.head(path))?.etag);
  expect(written).toBe(true);
}

/** Ids of the events that told of results. */
const told = async (pipeline: Pipeline): Promise<string[]> =>
  (await pipeline.events()).filter(({ type }) => type === ANALYSIS_COMPLETED).map(({ id }) => id);

const documentOf = async (pipeline: Pipeline, name: string): Promise<Analysis> =>
  Analysis.parse(await pipeline.document('runInfo', analysisId(name), ANALYSIS));

async function result(site: ArchiveSite, name: string, runId: string): Promise<string | undefined> {
  const bytes = await site.blobs.read(`analysis/${name}/run=${runId}/result.ndjson`);
  return bytes && Buffer.from(bytes).toString();
}

const sumOfStars = async (pipeline: Pipeline, runId: string): Promise<number> =>
  (await pipeline.stats(runId)).reduce((sum, { stars }) => sum + stars, 0);

/** Records of the log of analyses. */
const logged = (folder: string): Record<string, unknown>[] => {
  const file = join(folder, 'logs/analysis.log');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
};

/** Resolves to the process that is in the middle of answering. */
const answering = (folder: string): Promise<number> =>
  vi.waitFor(
    () => {
      const { pid } = logged(folder).findLast(({ message }) => message === 'analysis begun')!;
      // Where it puts what it is about to store.
      expect(globSync(join(folder, `analytics/analysis-${Number(pid)}`))).toHaveLength(1);
      return Number(pid);
    },
    { timeout: 60_000 },
  );

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a run of a platform that analyses', () => {
  let site: ArchiveSite;
  let analyses: RunAnalyses;
  let runId: string;
  const ends: { runId: string; end: AnalysisEnd }[] = [];
  let look = (): void => undefined;
  const ended = async (count: number): Promise<AnalysisEnd> => {
    while (ends.length < count) await new Promise<void>((resolve) => (look = resolve));
    return ends[count - 1]!.end;
  };
  beforeAll(async () => {
    site = await ArchiveSite.open();
    const { folder, supervisor } = site.pipeline;
    // One that was archived before anybody wanted this.
    await site.archived(await site.pipeline.run(SOURCES));
    await put(site.blobs, 'all-stars', STARS);
    await put(site.blobs, 'wrong', WRONG);
    analyses = await RunAnalyses.open({
      supervisor,
      user: readUserSettings({}, folder),
      data: { analytics: join(folder, 'analytics'), logs: join(folder, 'logs') },
      tell: (of, end) => {
        ends.push({ runId: of, end });
        look();
      },
    });
  });
  afterAll(async () => {
    await analyses.stop();
    await site.close();
  });

  it('has its results, documents and event without anybody asking; SQL that is wrong is told and stops nothing', async () => {
    const { pipeline } = site;
    runId = await pipeline.run(SOURCES);
    const end = await ended(1);
    expect(ends[0]!.runId).toBe(runId);
    const { results } = end as Extract<AnalysisEnd, { type: 'analysed' }>;
    expect(results.filter((one) => 'problem' in one)).toEqual([
      { name: 'wrong', problem: expect.stringMatching(/"sters" not found/) },
    ]);
    const stars = await sumOfStars(pipeline, runId);
    expect(await result(site, 'all-stars', runId)).toBe(`{"stars":${stars}}\n`);
    expect(await result(site, 'growth', runId)).toBeDefined();
    expect(await documentOf(pipeline, 'all-stars')).toMatchObject({ title: 'Stars of all', ofRun: runId });
    expect((await documentOf(pipeline, 'wrong')).problem).toMatch(/"sters" not found/);
    expect(await told(pipeline)).toEqual([`${runId}.1`]);
    expect(await pipeline.document('runInfo', runId, runId)).toMatchObject({ status: 'completed' });
  });

  it('is analysed anew when a rerun of it is archived', async () => {
    const { pipeline } = site;
    const body = JSON.stringify({ batches: ['b-s00001-00001-1'] });
    expect((await pipeline.api(`runs/${runId}/rerun`, { method: 'POST', body })).status).toBe(202);
    await site.archived(runId, 2);
    expect((await ended(2)).type).toBe('analysed');
    expect(await documentOf(pipeline, 'all-stars')).toMatchObject({ ofRun: runId, revision: 2 });
    expect(await told(pipeline)).toEqual([`${runId}.1`, `${runId}.2`]);
  });

  it('is done again when the process that analyses it died, which is told too', async () => {
    const { pipeline } = site;
    await put(site.blobs, 'an-endless-one', ENDLESS);
    const next = await pipeline.run(SOURCES);
    await site.archived(next);
    await vi.waitFor(() => expect(logged(pipeline.folder).at(-1)).toMatchObject({ runId: next }));
    process.kill(await answering(pipeline.folder), 'SIGKILL');
    expect(await ended(3)).toEqual({ type: 'failed', message: 'its process ended (SIGKILL)' });
    await put(site.blobs, 'an-endless-one', STARS);
    analyses.look();
    expect((await ended(4)).type).toBe('analysed');
    await analyses.idle();
    expect(ends.slice(2).map((one) => one.runId)).toEqual([next, next]);
    expect((await told(pipeline)).slice(2)).toEqual([`${next}.1`]);
  });
});

describe('a command that is started from outside, with the settings of what is deployed', () => {
  it('analyses the latest run once; the next time it ends at once, unless it is told which', async () => {
    const site = await ArchiveSite.open();
    try {
      const { pipeline } = site;
      const { folder, supervisor } = pipeline;
      await put(site.blobs, 'all-stars', STARS);
      const settings = {
        ...settingsOf(COMMAND_SETTINGS, readUserSettings({}, folder), supervisor.addresses),
        // As a workflow hands on a variable that nobody set.
        CosmosDB_ProvisionedThroughput: '',
      };
      const analyse = (run: string) => queryIn(folder, settings, '--azure', '--after-run', run);
      expect(await analyse('latest')).toMatchObject({
        code: 2,
        stderr: 'There is no run yet that is at its end.\n',
      });
      const runId = await pipeline.run(SOURCES);
      await site.archived(runId);
      const first = await analyse('latest');
      expect(first).toMatchObject({ code: 0, stderr: '' });
      expect(first.stdout).toContain(`all-stars: 1 rows, analysis/all-stars/run=${runId}/result.ndjson\n`);
      expect(await told(pipeline)).toEqual([`${runId}.1`]);
      const again = await analyse('latest');
      expect(again).toMatchObject({ code: 0, stderr: '' });
      expect(again.stdout).toMatch(/, the latest, is analysed already at its revision 1\./);
      expect(await told(pipeline)).toEqual([`${runId}.1`]);
      await put(site.blobs, 'all-stars', WRONG);
      const byId = await analyse(runId);
      expect(byId.code).toBe(1);
      expect(byId.stdout).toContain('all-stars: Binder Error');
      expect(await told(pipeline)).toEqual([`${runId}.1`, `${runId}.1`]);
    } finally {
      await site.close();
    }
  });
});

describe('npm start -- --archive --analyse', () => {
  let folder: string;
  let data: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'github-repo-stats-'));
    data = join(folder, '.data');
    await writeFile(join(folder, 'sources.json'), JSON.stringify(SOURCES));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  function start(...options: string[]) {
    const { Github_Token: _token, GITHUB_TOKEN: _other, Github_Credentials: _more, ...env } = process.env;
    const script = join(import.meta.dirname, '../local/bin/github-repo-stats.mjs');
    const child = spawn(process.execPath, [script, 'start', '--repos', '40', ...options], {
      cwd: folder,
      // Waiting times of the services: who was killed holds its right to ask GitHub for 20 s otherwise.
      env: { ...env, DurationScale: '0.05' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const lines: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      createInterface(stream).on('line', (line) => lines.push(line));
    const code = once(child, 'close').then(([exit]) => exit as number | null);
    return { child, lines, code };
  }
  const idIn = (lines: readonly string[]): string =>
    lines.map((line) => /^Run (\d+) started\.$/.exec(line)?.[1]).find(Boolean)!;
  /** Of the platform's stores, while no command runs. */
  async function inside(work: (site: ArchiveSite) => Promise<void>): Promise<void> {
    const site = await ArchiveSite.open({ folder: data });
    try {
      await work(site);
    } finally {
      await site.close(true);
    }
  }
  const analysed = (lines: readonly string[]): string[] =>
    lines.flatMap((line) => /^Run (\d+) is analysed: \d+ answers in the archive/.exec(line)?.[1] ?? []);

  let first: string;
  it('is killed in the middle: the process that analyses ends too, and nothing is told', async () => {
    await inside(async ({ blobs }) => {
      await put(blobs, 'all-stars', STARS);
      await put(blobs, 'an-endless-one', ENDLESS);
    });
    const killed = start('--archive', '--analyse');
    const pid = await answering(data);
    killed.child.kill('SIGKILL');
    expect(await killed.code).toBeNull();
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 10_000 });
    first = idIn(killed.lines);
    expect(analysed(killed.lines)).toEqual([]);
    await inside(async ({ blobs, pipeline }) => {
      expect(await told(pipeline)).toEqual([]);
      await put(blobs, 'an-endless-one', WRONG);
    });
  });

  let second: string;
  it('makes up for it at the next start, waits for that of its own run, and says where the results lie', async () => {
    const { code, lines } = start('--archive', '--analyse');
    if ((await code) !== 0) throw new Error(lines.join('\n'));
    second = idIn(lines);
    expect(analysed(lines)).toEqual([first, second]);
    expect(lines.filter((line) => line.startsWith('  an-endless-one has no answer: '))).toHaveLength(2);
    expect(lines).toContain(
      '  analysis    in the archive, under analysis/; on the dashboard, under Analysis',
    );
    await inside(async (site) => {
      expect(await told(site.pipeline)).toEqual([`${first}.1`, `${second}.1`]);
      for (const runId of [first, second])
        expect(await result(site, 'all-stars', runId)).toBe(
          `{"stars":${await sumOfStars(site.pipeline, runId)}}\n`,
        );
      expect(await documentOf(site.pipeline, 'all-stars')).toMatchObject({ ofRun: second });
    });
    expect(await query('--after-run', 'latest', '--data', data)).toEqual({
      code: 0,
      stdout: `Run ${second}, the latest, is analysed already at its revision 1. With its id, as --after-run ${second}, it is done again.\n`,
      stderr: '',
    });
  });

  it('leaves alone what was archived while nobody wanted it', async () => {
    const without = start('--archive');
    expect(await without.code).toBe(0);
    expect(analysed(without.lines)).toEqual([]);
    const { code, lines } = start('--archive', '--analyse');
    expect(await code).toBe(0);
    expect(analysed(lines)).toEqual([idIn(lines)]);
  });
});
