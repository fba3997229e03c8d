/** How far a run is: sums from the database, and from the logs what is on its way between GitHub and the database. */
import type { Container } from '@azure/cosmos';
import type { Run } from '@github-repo-stats/shared/documents';
import type { Notices } from '@github-repo-stats/shared/notices';
import { noticesId } from '@github-repo-stats/shared/ids';
import { measureProgress, settledOf } from '@github-repo-stats/shared/progress';
import type { LogRecord } from '../platform/log-record.ts';
import { isBeingSent } from './unfinished.ts';

export interface RunState {
  run: Run;
  /** Repositories. */
  resolved: number;
  fetched: number;
  written: number;
  /** Every source is resolved or has failed: `resolved` will not grow. */
  allResolved: boolean;
  /** Apps that wait, with the reason and until when. */
  waiting: { app: string; reason: string; until: Date }[];
}

/** Reads one run's state again and again. */
export class RunStateReader {
  readonly #runInfo: Container;
  readonly #runId: string;
  /** Written before this process looked: the logs of then are not read again. */
  #baseline: number | undefined;
  #fetched = 0;
  readonly #waiting = new Map<string, { app: string; reason: string; until: Date }>();

  constructor(runInfo: Container, runId: string) {
    this.#runInfo = runInfo;
    this.#runId = runId;
  }

  /** Takes note of a log line; others than `batch fetched` and `waiting` are ignored. */
  note(record: LogRecord): void {
    const { message, app } = record;
    if (message === 'batch fetched' && record['runId'] === this.#runId) {
      this.#fetched += Number(record['repositories']) || 0;
      this.#waiting.delete(app);
    } else if (message === 'waiting') {
      const until = new Date(String(record['until']));
      if (!Number.isNaN(until.getTime()))
        this.#waiting.set(app, { app, reason: String(record['reason']), until });
    }
  }

  /** Undefined while there is no such run. @throws what the database throws while it is away. */
  async read(): Promise<RunState | undefined> {
    const [{ resource: run }, progress] = await Promise.all([
      this.#runInfo.item(this.#runId, this.#runId).read<Run>(),
      measureProgress(this.#runInfo, this.#runId),
    ]);
    if (!run) return undefined;
    const written = settledOf(progress);
    this.#baseline ??= Math.max(0, written - this.#fetched);
    const fetched = Math.min(progress.planned, Math.max(written, this.#baseline + this.#fetched));
    const now = Date.now();
    return {
      run,
      resolved: progress.planned,
      fetched,
      written,
      allResolved: progress.sourcesResolved + progress.failedSources >= run.sourcesTotal,
      waiting: [...this.#waiting.values()].filter(({ until }) => until.getTime() > now),
    };
  }

  /** True when event and mail of the run's end went out, or will be tried again later only. */
  async isTold(run: Run): Promise<boolean> {
    const id = noticesId(run.revision);
    const { resource } = await this.#runInfo.item(id, this.#runId).read<Notices>();
    return resource !== undefined && !isBeingSent(resource, Date.now());
  }
}
