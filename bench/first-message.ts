/**
 * From the start of an app's process to the first work that is done: the apps one after the other, each started when what it
 * has to do is waiting already, on a platform that runs.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceBusClient } from '@azure/service-bus';
import Long from 'long';
import type { BuiltService } from '@github-repo-stats/local/build/services';
import { openDataFolder } from '@github-repo-stats/local/platform/data-folder';
import { ANY_PORTS } from '@github-repo-stats/local/platform/ports';
import { Supervisor } from '@github-repo-stats/local/platform/supervisor';
import { readUserSettings } from '@github-repo-stats/local/platform/user-settings';
import { markId } from '@github-repo-stats/shared/archive/mark';
import type { Run } from '@github-repo-stats/shared/documents';
import { readDocument } from '@github-repo-stats/shared/run-info';
import { workerArguments } from '@github-repo-stats/shared/host-settings';
import { ARCHIVE_QUEUE, QUEUES, RUN_COMPLETED } from '@github-repo-stats/shared/topology';
import { withKeys } from './app-environment.ts';

/** Repositories of a run: they fill one page and one batch, so that each queue gets one message. */
export const REPOSITORIES = 65;
/** Between two looks at whether the work is done. */
const LOOK_MS = 2;
/** How long the work may take before something must be wrong. */
const PATIENCE_MS = 30_000;

/** Asks again and again until it is so. @throws when that takes too long. */
async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const began = performance.now();
  while (!(await isSo())) {
    if (performance.now() - began > PATIENCE_MS) throw new Error(`${what} did not come about`);
    await sleep(LOOK_MS);
  }
}

/** Resolves when the first work of an app is done. @param port of its HTTP endpoint, once it listens. */
type Work = (port: Promise<number>) => Promise<void>;

async function stopped(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

/** A platform without apps. */
export class Stage {
  readonly #supervisor: Supervisor;
  readonly #client: ServiceBusClient;
  readonly #host: string;
  readonly #state: string;
  readonly #close: () => Promise<void>;

  private constructor(supervisor: Supervisor, host: string, state: string, close: () => Promise<void>) {
    this.#supervisor = supervisor;
    this.#client = new ServiceBusClient(supervisor.addresses.serviceBusConnection);
    this.#host = host;
    this.#state = state;
    this.#close = close;
  }

  /** @param host script of the local Functions host. */
  static async open(host: string): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'first-message-'));
    const data = openDataFolder(folder);
    const supervisor = new Supervisor({
      data,
      user: readUserSettings({}, folder),
      apps: () => Promise.resolve([]),
      world: { seed: 1, owners: [{ login: 'acme' }], individual: [], repositories: REPOSITORIES },
      archive: true,
      ports: ANY_PORTS,
    });
    await supervisor.start();
    return new Stage(supervisor, host, data.state, async () => {
      await supervisor.stop();
      data.release();
      await rm(folder, { recursive: true, force: true });
    });
  }

  async close(): Promise<void> {
    await this.#client.close();
    await this.#close();
  }

  /** Starts each app in the order in which a run needs it. @returns by app, milliseconds until its first work was done. */
  async oneRun(services: readonly BuiltService[]): Promise<Map<string, number>> {
    let runId = '';
    const { runInfo } = this.#supervisor.containers;
    const completed = async (): Promise<boolean> =>
      (await runInfo.item(runId, runId).read<Run>()).resource?.status === 'completed';
    const steps: [app: string, work: Work][] = [
      ['scheduler', async (port) => void (runId = await this.#startRun(await port))],
      ['resolver', await this.#messageOf(QUEUES.resolve.name)],
      ['fetcher', await this.#messageOf(QUEUES.fetch.name)],
      ['writer', await this.#messageOf(QUEUES.write.name)],
      ['reporter', () => until('the end of the run', completed)],
      ['archiver', () => this.#archived(runId)],
    ];
    const times = new Map<string, number>();
    for (const [app, work] of steps) {
      const service = services.find(({ name }) => name === app);
      if (!service) throw new Error(`There is no app ${app}`);
      times.set(app, await this.#time(service, work));
    }
    return times;
  }

  async #time({ name, folder }: BuiltService, work: Work): Promise<number> {
    const env = {
      ...withKeys(name, this.#supervisor.addresses),
      'AzureWebJobs.schedule.Disabled': 'true',
      LOCAL_STATE_DIR: join(this.#state, name),
      LOCAL_INSTANCE_ID: name,
    };
    const began = performance.now();
    const child = fork(this.#host, [folder], {
      env,
      execArgv: workerArguments(env),
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const listening = once(child, 'message').then(([said]) => (said as { port: number }).port);
    try {
      await work(listening);
      return performance.now() - began;
    } finally {
      await stopped(child);
    }
  }

  /** The event as Event Grid would deliver it: the reporter may have been stopped before it sent it. */
  async #archived(runId: string): Promise<void> {
    const body = { type: RUN_COMPLETED, data: { runInfoId: runId } };
    await this.#client.createSender(ARCHIVE_QUEUE.name).sendMessages({ body });
    const { runInfo } = this.#supervisor.containers;
    await until('the archive', async () => (await readDocument(runInfo, markId(1), runId)) !== undefined);
  }

  async #startRun(port: number): Promise<string> {
    const answer = await fetch(`http://127.0.0.1:${port}/api/runs`, {
      method: 'POST',
      body: JSON.stringify({ fullOrgs: [{ orgName: 'acme' }] }),
    });
    if (answer.status !== 202) throw new Error(`${answer.status}: ${await answer.text()}`);
    return ((await answer.json()) as { runId: string }).runId;
  }

  /** Waits until the one message that lies in a queue is settled. */
  async #messageOf(queue: string): Promise<Work> {
    const receiver = this.#client.createReceiver(queue);
    const isEmpty = async (): Promise<boolean> =>
      (await receiver.peekMessages(1, { fromSequenceNumber: Long.ZERO })).length === 0;
    // Opens the link, which is not the app's time.
    await isEmpty();
    return async () => {
      if (await isEmpty()) throw new Error(`There is no message in queue ${queue}`);
      await until(`the settlement of the message in queue ${queue}`, isEmpty);
      await receiver.close();
    };
  }
}
