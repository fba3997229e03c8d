/** One run of many repositories on a platform and in a folder of its own, with what it took of memory, queues and documents. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { buildServices } from '@github-repo-stats/local/build/services';
import { openDataFolder } from '@github-repo-stats/local/platform/data-folder';
import { ANY_PORTS } from '@github-repo-stats/local/platform/ports';
import { Supervisor } from '@github-repo-stats/local/platform/supervisor';
import { readUserSettings } from '@github-repo-stats/local/platform/user-settings';
import { ARGUMENTS_SETTING, WORKER_ARGUMENTS } from '@github-repo-stats/shared/host-settings';
import type { Run } from '@github-repo-stats/shared/documents';
import { profiledInto } from './cpu-profile.ts';
import { watchMemory, type Memory } from './memory.ts';
import { installQueueMeter, readQueueMeter, type QueueTraffic } from './queue-meter.ts';

export interface LoadOptions {
  repositories: number;
  /** Organisations, the largest first. */
  owners: readonly string[];
  /** Whether each organisation has a credential of its own, and so a lane to GitHub; one has all of them otherwise. */
  ownCredentials?: boolean;
  /** The folder that gets one of each app, with the V8 profile of its process. */
  profiles?: string | undefined;
}

export interface Stored {
  documents: number;
  bytes: number;
  most: { id: string; bytes: number };
}

export interface LoadResult {
  run: Run;
  /** Of the run, from its start to its end. */
  seconds: number;
  apps: Map<string, Memory>;
  platform: Map<string, Memory>;
  queues: QueueTraffic;
  /** By container. */
  stored: Record<string, Stored>;
  /** Processes that were started again. */
  restarted: string[];
}

/** What the embedded Cosmos DB keeps, by container; to be called when that has ended. */
function storedDocuments(file: string): LoadResult['stored'] {
  const db = new DatabaseSync(file);
  const containers = db.prepare('SELECT number, id FROM containers').all() as {
    number: number;
    id: string;
  }[];
  const stored = containers.map(({ number, id }) => {
    const sums = db.prepare(
      `SELECT count(*) AS documents, total(octet_length(body)) AS bytes FROM items_${number}`,
    );
    const most = db.prepare(
      `SELECT id, octet_length(body) AS bytes FROM items_${number} ORDER BY 2 DESC LIMIT 1`,
    );
    return [id, { ...sums.get(), most: most.get() ?? { id: 'none', bytes: 0 } }];
  });
  db.close();
  return Object.fromEntries(stored) as LoadResult['stored'];
}

/** @throws when the run does not begin, or a process gives up. */
async function oneRun(supervisor: Supervisor, owners: readonly string[]): Promise<Run> {
  const ended = new Promise<void>((resolve, reject) => {
    supervisor.on('log', (record) => record.message === 'run ended' && resolve());
    supervisor.on('gaveUp', reject);
  });
  const answer = await fetch(`http://127.0.0.1:${supervisor.ports.scheduler}/api/runs`, {
    method: 'POST',
    body: JSON.stringify({ fullOrgs: owners.map((orgName) => ({ orgName })) }),
  });
  if (answer.status !== 202) throw new Error(`${answer.status}: ${await answer.text()}`);
  const { runId } = (await answer.json()) as { runId: string };
  await ended;
  const { resource } = await supervisor.containers.runInfo.item(runId, runId).read<Run>();
  return resource!;
}

const credentialsOf = (owners: readonly string[]): Record<string, string> => ({
  Github_Credentials: JSON.stringify(
    owners.map((owner) => ({ name: owner, token: `simulated-${owner}`, owners: [owner] })),
  ),
});

/** Of one app, beside what the platform gives it. */
const settingsOf = (app: string, profiles: string | undefined): Record<string, string> => ({
  ...(app === 'scheduler' && { 'AzureWebJobs.schedule.Disabled': 'true' }),
  ...(profiles !== undefined && {
    [ARGUMENTS_SETTING]: [...WORKER_ARGUMENTS, profiledInto(join(profiles, app))].join(' '),
  }),
});

/** @throws when a process cannot be started. */
export async function loadRun({
  repositories,
  owners,
  ownCredentials = false,
  profiles,
}: LoadOptions): Promise<LoadResult> {
  const folder = await mkdtemp(join(tmpdir(), 'load-'));
  const data = openDataFolder(folder);
  installQueueMeter(data.serviceBusFile);
  const services = await buildServices();
  const supervisor = new Supervisor({
    data,
    user: readUserSettings(ownCredentials ? credentialsOf(owners) : {}, folder),
    apps: () => Promise.resolve(services),
    world: { seed: 1, owners: owners.map((login) => ({ login })), individual: [], repositories },
    ports: ANY_PORTS,
    extra: Object.fromEntries(services.map(({ name }) => [name, settingsOf(name, profiles)])),
  });
  try {
    await supervisor.start();
    const memory = watchMemory(() => [...supervisor.processes(), { name: 'supervisor', pid: process.pid }]);
    const run = await oneRun(supervisor, owners);
    const seen = [...memory.stop()];
    const isApp = (name: string): boolean => services.some((service) => service.name === name);
    const restarted = supervisor.processes().filter(({ starts }) => starts > 1);
    await supervisor.stop();
    return {
      run,
      seconds: (Date.parse(run.endedAt ?? '') - Date.parse(run.startedAt)) / 1000,
      apps: new Map(seen.filter(([name]) => isApp(name))),
      platform: new Map(seen.filter(([name]) => !isApp(name))),
      queues: readQueueMeter(data.serviceBusFile),
      stored: storedDocuments(data.cosmosFile),
      restarted: restarted.map(({ name }) => name),
    };
  } finally {
    await supervisor.stop();
    data.release();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A run that was not whole proves nothing. @throws when it was not. */
export function wholeRun(result: LoadResult, repositories: number): LoadResult {
  const { run, restarted } = result;
  const { status, totalCreatedCount: created, totalFailedCount: failed } = run;
  if (status === 'completed' && created === repositories && failed === 0 && restarted.length === 0)
    return result;
  throw new Error(
    `of ${repositories} repositories ${created} were created, ${failed} failed; the run is ${status}; ` +
      `started again: ${restarted.join(', ') || 'none'}`,
  );
}
