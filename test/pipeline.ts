/** Runs the whole pipeline for a test: the embedded platform and the built bundles, each a process, in a folder of their own. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildServices } from '@github-repo-stats/local/build/services';
import {
  orders as orderSchema,
  type FaultOrdered,
  type OrdersGiven,
} from '@github-repo-stats/local/github/order-schema';
import type { WorldOptions } from '@github-repo-stats/local/github/world-plan';
import type { TruthRow } from '@github-repo-stats/local/github/truth';
import { openDataFolder } from '@github-repo-stats/local/platform/data-folder';
import type { LogRecord } from '@github-repo-stats/local/platform/log-record';
import { ANY_PORTS, type Ports } from '@github-repo-stats/local/platform/ports';
import { Supervisor } from '@github-repo-stats/local/platform/supervisor';
import { readUserSettings } from '@github-repo-stats/local/platform/user-settings';
import type { Outcome, RepoStats, Run } from '@github-repo-stats/shared/documents';
import type { Notices } from '@github-repo-stats/shared/notices';

export interface PipelineOptions {
  world: Pick<WorldOptions, 'repositories'> & Partial<WorldOptions>;
  /** As the user would set them. */
  settings?: Record<string, string>;
  /** What happens in that world, and which answers fail, from the start; in the form of a --faults file. */
  orders?: OrdersGiven;
  /** Waiting times of services, locks of the broker. */
  durationScale?: number;
  /** The file that telemetry goes into. */
  telemetry?: string;
  /** Whether runs are archived. */
  archive?: boolean;
  /** More settings by app. */
  extra?: Record<string, Record<string, string>>;
  /** The platform alone, without our apps. */
  withoutApps?: boolean;
  /** Any, when left out. */
  ports?: Ports;
  /** An earlier pipeline's folder, to go on where it stopped. */
  folder?: string;
}

export class Pipeline {
  readonly supervisor: Supervisor;
  readonly folder: string;
  readonly logs: LogRecord[] = [];
  readonly #release: () => void;

  private constructor(supervisor: Supervisor, folder: string, release: () => void) {
    this.supervisor = supervisor;
    this.folder = folder;
    this.#release = release;
    supervisor.on('log', (record) => this.logs.push(record));
  }

  static async start(options: PipelineOptions): Promise<Pipeline> {
    const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'github-repo-stats-')));
    const data = openDataFolder(folder);
    const supervisor = new Supervisor({
      data,
      user: readUserSettings({ ...options.settings }, folder),
      apps: () => (options.withoutApps ? Promise.resolve([]) : buildServices()),
      world: { seed: 1, owners: [], individual: [], ...options.world },
      ...(options.telemetry !== undefined && { telemetry: options.telemetry }),
      ...(options.orders && { orders: orderSchema.parse(options.orders) }),
      ports: options.ports ?? ANY_PORTS,
      archive: options.archive ?? false,
      extra: {
        ...options.extra,
        scheduler: { 'AzureWebJobs.schedule.Disabled': 'true', ...options.extra?.['scheduler'] },
      },
      durationScale: options.durationScale ?? 1,
    });
    const pipeline = new Pipeline(supervisor, folder, () => data.release());
    await supervisor.start();
    return pipeline;
  }

  /** Stops everything; keeps the folder when another pipeline is to go on with it. */
  async stop(keep = false): Promise<void> {
    await this.supervisor.stop();
    this.#release();
    if (!keep) await rm(this.folder, { recursive: true, force: true });
  }

  /** Calls the scheduler's HTTP API. */
  api(path: string, init?: RequestInit): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.supervisor.ports.scheduler}/api/${path}`, init);
  }

  /** Asks the reporter, which serves the page and answers it. */
  reporter(path: string, init?: RequestInit): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.supervisor.ports.reporter}/${path}`, init);
  }

  /** Starts a run of these sources. */
  async run(sources: unknown): Promise<string> {
    const response = await this.api('runs', { method: 'POST', body: JSON.stringify({ sources }) });
    if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`);
    return ((await response.json()) as { runId: string }).runId;
  }

  /** The run document once a revision of it has ended and its notices were sent. */
  async ended(runId: string, revision = 1): Promise<Run> {
    await this.logged((r) => r.message === 'run ended' && r.runId === runId && r.revision === revision);
    for (;;) {
      const notices = await this.notices(runId, revision);
      if (notices?.open === 0) return (await this.document<Run>('runInfo', runId, runId))!;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Resolves when a line was or is logged. */
  logged(test: (record: LogRecord) => boolean): Promise<LogRecord> {
    const known = this.logs.find(test);
    if (known) return Promise.resolve(known);
    return new Promise((resolve) => {
      const look = (record: LogRecord): void => {
        if (!test(record)) return;
        this.supervisor.off('log', look);
        resolve(record);
      };
      this.supervisor.on('log', look);
    });
  }

  notices(runId: string, revision: number): Promise<Notices | undefined> {
    return this.document<Notices>('runInfo', `notices.${revision}`, runId);
  }

  async document<T extends object>(
    container: 'runInfo' | 'repoStats' | 'pace',
    id: string,
    partition: string,
  ): Promise<T | undefined> {
    const { resource } = await this.supervisor.containers[container].item(id, partition).read<T>();
    return resource;
  }

  /** Statistics of a run, by repository. */
  async stats(runId: string): Promise<RepoStats[]> {
    const container = this.supervisor.containers.repoStats;
    const query = {
      query: 'SELECT * FROM c WHERE c.runId = @runId',
      parameters: [{ name: '@runId', value: runId }],
    };
    const { resources } = await container.items.query<RepoStats>(query).fetchAll();
    return resources.sort((a, b) => (a.repo < b.repo ? -1 : 1));
  }

  outcomes(runId: string): Promise<Outcome[]> {
    return this.ofRun(runId, 'outcome');
  }

  /** Documents of a run, of one type. */
  async ofRun<T extends { type: string }>(runId: string, type: T['type']): Promise<T[]> {
    const container = this.supervisor.containers.runInfo;
    const query = {
      query: 'SELECT * FROM c WHERE c.type = @type',
      parameters: [{ name: '@type', value: type }],
    };
    return (await container.items.query<T>(query, { partitionKey: runId }).fetchAll()).resources;
  }

  /** What is true in the simulated world now, by repository. */
  async truth(): Promise<TruthRow[]> {
    const text = await (await fetch(`${this.#github}/_simulator/truth`)).text();
    const rows = text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as TruthRow);
    return rows.sort((a, b) => (a.repo < b.repo ? -1 : 1));
  }

  /** Changes the simulated world, or makes something in it fail. */
  async happens(...events: object[]): Promise<void> {
    for (const event of events) {
      const response = await fetch(`${this.#github}/_simulator/events`, {
        method: 'POST',
        body: JSON.stringify(event),
      });
      if (!response.ok) throw new Error(await response.text());
    }
  }

  /** Lets answers of the simulated GitHub fail from now on. */
  async fails(...faults: FaultOrdered[]): Promise<void> {
    const body = JSON.stringify(faults);
    const response = await fetch(`${this.#github}/_simulator/faults`, { method: 'POST', body });
    if (!response.ok) throw new Error(await response.text());
  }

  /** Takes back the faults that have not happened yet. */
  async failsNoMore(): Promise<void> {
    await fetch(`${this.#github}/_simulator/faults`, { method: 'DELETE' });
  }

  /** What the client did to the simulated GitHub. */
  async calls(): Promise<unknown> {
    return (await fetch(`${this.#github}/_simulator/calls`)).json();
  }

  /** Events and mails that were taken by the sinks. */
  async events(): Promise<{ id: string; type: string; data: Record<string, unknown> }[]> {
    const text = await readFile(join(this.folder, 'event-grid/events.ndjson'), 'utf8').catch(() => '');
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { id: string; type: string; data: Record<string, unknown> });
  }

  async mails(): Promise<{ subject: string }[]> {
    const url = this.supervisor.addresses.sendGridUrl;
    const kept = (await (await fetch(new URL('/mails', url))).json()) as { mail: { subject: string } }[];
    return kept.map((k) => k.mail);
  }

  get #github(): string {
    return new URL(this.supervisor.addresses.githubUrl ?? '').origin;
  }
}

/** What a stats document says of what the truth knows: every field of it. */
export const comparable = (row: RepoStats | TruthRow): Record<string, unknown> =>
  Object.fromEntries(COMPARED.map((field) => [field, row[field]]));

const COMPARED: readonly (keyof TruthRow)[] = [
  'repo',
  'repoId',
  'isArchived',
  'isTemplate',
  'isFork',
  'visibility',
  'createdAt',
  'repoUpdatedAt',
  'pushedAt',
  'openIssues',
  'closedIssues',
  'totalIssues',
  'openPRs',
  'closedPRs',
  'mergedPRs',
  'totalPRs',
  'stars',
  'forks',
  'language',
  'licence',
  'diskUsage',
];
