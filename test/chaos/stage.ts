/** What a chaos run acts on and takes note of: the pipeline, the world as it changes, and how much was really done. */
import type { TruthRow } from '@github-repo-stats/local/github/truth';
import { openBlobs } from '@github-repo-stats/shared/clients/blobs';
import { openServiceBus, type ServiceBus } from '@github-repo-stats/shared/clients/service-bus';
import type { FailureReason } from '@github-repo-stats/shared/reasons';
import { QUEUES } from '@github-repo-stats/shared/topology';
import { readArchived } from '../archived.ts';
import type { Pipeline } from '../pipeline.ts';
import type { BlobStorage } from './blob-storage.ts';
import type { ChaosPlan } from './plan.ts';

export const CREDENTIALS = ['first', 'second'];

/** How much was done, as it really happened. */
export interface Done {
  freezes: number;
  secondsFrozen: number;
  /** Copies of messages that were sent again. */
  repeated: number;
  githubFaultsOrdered: number;
  worldChanges: number;
  garbage: number;
  reruns: number;
  /** Times in which a part of the platform refused what it was asked, or a share of it. */
  outages: number;
  clockJumps: number;
  leasesStolen: number;
  secondInstances: number;
  disksFull: number;
}

export class Stage {
  readonly pipeline: Pipeline;
  readonly plan: ChaosPlan;
  readonly runId: string;
  /** Opened anew whenever the broker died. */
  readonly serviceBus: ServiceBus;
  readonly truths: TruthRow[][];
  readonly blobs: BlobStorage;
  readonly failing = new Map<string, FailureReason[]>();
  readonly garbage: Record<string, string[]> = Object.fromEntries(Object.keys(QUEUES).map((q) => [q, []]));
  readonly done: Done = {
    freezes: 0,
    secondsFrozen: 0,
    repeated: 0,
    githubFaultsOrdered: 0,
    worldChanges: 0,
    garbage: 0,
    reruns: 0,
    outages: 0,
    clockJumps: 0,
    leasesStolen: 0,
    secondInstances: 0,
    disksFull: 0,
  };

  constructor(
    { pipeline, blobs }: { pipeline: Pipeline; blobs: BlobStorage },
    plan: ChaosPlan,
    runId: string,
    truth: TruthRow[],
  ) {
    this.pipeline = pipeline;
    this.blobs = blobs;
    this.plan = plan;
    this.runId = runId;
    this.truths = [truth];
    this.serviceBus = openServiceBus({
      ServiceBusConnection: pipeline.supervisor.addresses.serviceBusConnection,
    });
  }

  /** What the archive holds of the run; what is wrong with it when it cannot be read. */
  async archived(): Promise<Awaited<ReturnType<typeof readArchived>> | string> {
    const { archiveUrl: Archive_Url, archiveKey: Archive_Key } = this.pipeline.supervisor.addresses;
    try {
      return await readArchived(openBlobs({ Archive_Url, Archive_Key }), this.runId);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** The n-th repository of the world as it was before the run. */
  repository(n: number): TruthRow {
    const rows = this.truths[0]!;
    return rows[n % rows.length]!;
  }

  /** From now on this one may fail for this reason. */
  mayFail({ repoId }: TruthRow, reason: FailureReason): void {
    this.failing.set(repoId, [...(this.failing.get(repoId) ?? []), reason]);
  }
}
