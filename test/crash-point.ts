/** Kills an app at an exact place between two of its effects, and tells what became of the run, beside what is true. */
import { once } from 'node:events';
import type {
  FaultGiven,
  FaultyComponent,
  RequestFaultGiven,
} from '@github-repo-stats/local/faults/fault-schema';
import type { Run } from '@github-repo-stats/shared/documents';
import { Pipeline, comparable } from './pipeline.ts';

export const SOURCES = { fullOrgs: [{ orgName: 'acme' }], individualRepos: [] };
const RING_MS = 500;

/** A place in an app: what it was about to do, or had done, in which component. */
export type Place = { [N in FaultyComponent]: { of: N; at: FaultGiven<N> } }[FaultyComponent];

/** A platform in which apps die at crash points, and whose sweeps, once a minute, can be rung by hand. */
export class CrashSite {
  readonly pipeline: Pipeline;
  readonly #sweepPorts: readonly number[];
  /** By what was ordered: that it was hit, and how often the app had been started then and is now. */
  readonly crashes: { app: string; hits: number; starts: [before: number, after: number] }[] = [];

  private constructor(pipeline: Pipeline) {
    this.pipeline = pipeline;
    this.#sweepPorts = [pipeline.supervisor.ports.scheduler, pipeline.supervisor.ports.reporter];
  }

  /** One owner with 60 repositories; two pages of listing, since a page is a batch of 51. */
  static async open(): Promise<CrashSite> {
    const pipeline = await Pipeline.start({
      world: { repositories: 60, owners: [{ login: 'acme' }] },
      settings: { NumberOfReposToQueryPerCall: '51' },
      durationScale: 0.05,
    });
    return new CrashSite(pipeline);
  }

  close(): Promise<void> {
    return this.pipeline.stop();
  }

  starts(app: string): number {
    return this.pipeline.supervisor.processes().find(({ name }) => name === app)!.starts;
  }

  /** Orders a crash point, lets something begin, and resolves when the app was killed there and listens again. */
  async crash<T>(app: string, place: Place, begin: () => Promise<T>): Promise<T> {
    const { supervisor } = this.pipeline;
    const before = this.starts(app);
    const [number] = await supervisor.faults.order(place.of, [place.at as FaultGiven<typeof place.of>]);
    const back = this.#back(app);
    const begun = await begin();
    await back;
    const { hits } = supervisor.faults.orders.find((order) => order.number === number)!;
    const after = this.starts(app);
    if (hits !== 1 || after !== before + 1)
      throw new Error(`${app} was killed ${hits} times, and started ${before} times before, ${after} after`);
    this.crashes.push({ app, hits, starts: [before, after] });
    return begun;
  }

  async #back(app: string): Promise<void> {
    for (;;) {
      const [{ name }] = (await once(this.pipeline.supervisor, 'back')) as [{ name: string }];
      if (name === app) return;
    }
  }

  /** Rings both sweeps until this has come. */
  async swept<T>(coming: Promise<T>): Promise<T> {
    const bell = setInterval(() => {
      for (const port of this.#sweepPorts)
        // An app that is away is swept the next time.
        void fetch(`http://127.0.0.1:${port}/admin/functions/sweep`, { method: 'POST', body: '{}' }).catch(
          () => undefined,
        );
    }, RING_MS);
    try {
      return await coming;
    } finally {
      clearInterval(bell);
    }
  }

  /** What is there once a run has ended with a revision, beside what must be: every repository settled once and as it is, notices once or twice. */
  async endOf(runId: string, revision = 1): Promise<{ is: EndOfRun; ought: EndOfRun }> {
    const { pipeline } = this;
    const run = await this.swept(pipeline.ended(runId, revision));
    const truth = await pipeline.truth();
    const settled = (await pipeline.outcomes(runId)).flatMap((o) => Object.entries(o.entries));
    const events = (await pipeline.events()).map(({ id }) => id).filter((id) => id.startsWith(`${runId}.`));
    const ofEnd = new RegExp(`repositories.*\\(run ${runId}\\)$`);
    const mails = (await pipeline.mails()).filter(({ subject }) => ofEnd.test(subject)).length;
    const repos = truth.map(({ repo }) => repo).toSorted();
    const { status, totalPlanned, totalReceived, totalCreatedCount, totalFailedCount } = run;
    return {
      is: {
        run: { status, revision: run.revision },
        totals: [totalPlanned, totalReceived, totalCreatedCount, totalFailedCount, run.totalDuplicateCount],
        createdList: run.createdList.split(',').toSorted(),
        stats: (await pipeline.stats(runId)).map(comparable),
        settled: settled.map(([name]) => name).toSorted(),
        otherwiseThanCreated: settled.filter(([, { state }]) => state !== 'created').map(([name]) => name),
        events: [...new Set(events)].toSorted(),
        eventsMoreThanTwice: events.filter((id) => events.filter((other) => other === id).length > 2),
        mailsOnceOrTwice: mails >= revision && mails <= 2 * revision,
      },
      ought: {
        run: { status: 'completed', revision },
        totals: [repos.length, repos.length, repos.length, 0, 0],
        createdList: repos,
        stats: truth.map(comparable),
        settled: repos,
        otherwiseThanCreated: [],
        events: Array.from({ length: revision }, (_, i) => `${runId}.${i + 1}`),
        eventsMoreThanTwice: [],
        mailsOnceOrTwice: true,
      },
    };
  }
}

interface EndOfRun {
  run: Pick<Run, 'status' | 'revision'>;
  /** Planned, received, created, failed, duplicate. */
  totals: number[];
  createdList: string[];
  stats: object[];
  /** One name for each entry of an outcome. */
  settled: string[];
  otherwiseThanCreated: string[];
  events: string[];
  eventsMoreThanTwice: string[];
  mailsOnceOrTwice: boolean;
}

const crashAt = <F extends object>(app: string, when: 'before' | 'after', where: F) => ({
  fault: { kill: app, when },
  ...where,
});

/** Before or after a send to a queue, or a settlement of one of its messages. */
export const atBus = (
  app: string,
  when: 'before' | 'after',
  where: { operation: 'send' | 'settle'; queue: string; nth?: number; message?: string },
): Place => ({ of: 'service-bus', at: crashAt(app, when, where) });

/** Before or after a request to Cosmos DB. */
export const atCosmos = (
  app: string,
  when: 'before' | 'after',
  where: Omit<RequestFaultGiven, 'fault'>,
): Place => ({ of: 'cosmos', at: crashAt(app, when, where) });

/** Before or after an event or a mail was taken. */
export const atSink = (
  app: string,
  when: 'before' | 'after',
  where: { sink: 'event-grid' | 'send-grid'; nth?: number },
): Place => ({ of: 'sinks', at: crashAt(app, when, where) });
