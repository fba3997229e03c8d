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
import type { Run } from '@github-repo-stats/shared/documents';
import { watchMemory, type Memory } from './memory.ts';
import { installQueueMeter, readQueueMeter, type QueueTraffic } from './queue-meter.ts';

export interface LoadOptions {
  repositories: number;
  /** Organisations, the largest first. */
  owners: readonly string[];
}

export interface LoadResult {
  run: Run;
  /** Of the run, from its start to its end. */
  seconds: number;
  apps: Map<string, Memory>;
  platform: Map<string, Memory>;
  queues: QueueTraffic;
  /** By container. */
  largest: Record<string, { id: string; bytes: number }>;
  /** Processes that were started again. */
  restarted: string[];
}

/** The largest document of each container, as the embedded Cosmos DB stores it; to be called when that has ended. */
function largestDocuments(file: string): LoadResult['largest'] {
  const db = new DatabaseSync(file);
  const containers = db.prepare('SELECT number, id FROM containers').all() as {
    number: number;
    id: string;
  }[];
  const largest = containers.map(({ number, id }) => [
    id,
    db
      .prepare(`SELECT id, octet_length(body) AS bytes FROM items_${number} ORDER BY 2 DESC LIMIT 1`)
      .get() ?? {
      id: 'none',
      bytes: 0,
    },
  ]);
  db.close();
  return Object.fromEntries(largest) as LoadResult['largest'];
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

/** @throws when a process cannot be started. */
export async function loadRun({ repositories, owners }: LoadOptions): Promise<LoadResult> {
  const folder = await mkdtemp(join(tmpdir(), 'load-'));
  const data = openDataFolder(folder);
  installQueueMeter(data.serviceBusFile);
  const services = await buildServices();
  const supervisor = new Supervisor({
    data,
    user: readUserSettings({}, folder),
    apps: () => Promise.resolve(services),
    world: { seed: 1, owners: owners.map((login) => ({ login })), individual: [], repositories },
    ports: ANY_PORTS,
    extra: { scheduler: { 'AzureWebJobs.schedule.Disabled': 'true' } },
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
      largest: largestDocuments(data.cosmosFile),
      restarted: restarted.map(({ name }) => name),
    };
  } finally {
    await supervisor.stop();
    data.release();
    await rm(folder, { recursive: true, force: true });
  }
}
