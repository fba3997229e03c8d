/** Queues and containers: infrastructure creates them, the embedded platform emulates them, services name them. */

/** A Service Bus queue. Duplicate detection is off on every queue and nothing may need it. */
export interface QueueTopology {
  name: string;
  lockSeconds: number;
  maxDeliveryCount: number;
  ttlDays: number;
}

const queue = (name: string): QueueTopology => ({
  name,
  lockSeconds: 60,
  maxDeliveryCount: 10,
  ttlDays: 14,
});

/** The queues that a run goes through, with sessions. */
export const QUEUES = {
  resolve: queue('resolve'),
  fetch: queue('fetch'),
  write: queue('write'),
} as const;
export type QueueName = keyof typeof QUEUES;

/** The event of a completed run, for the archiver. Without sessions: Event Grid delivers to no queue that has them. */
export const ARCHIVE_QUEUE: QueueTopology = queue('archive');

/** Every queue by its key; that of the archive is there only where runs are archived. */
export const ALL_QUEUES = { ...QUEUES, archive: ARCHIVE_QUEUE } as const;
export type AnyQueueName = keyof typeof ALL_QUEUES;

/** The container of Blob Storage that the archive lies in. */
export const BLOB_CONTAINER = 'archive';

/** A Cosmos DB container. Paths not included by the index policy cost nothing to write and are scanned by queries. */
export interface ContainerTopology {
  defaultName: string;
  partitionKey: string;
  includedPaths: readonly string[];
  /** Documents may say that they expire; those that do not, stay. */
  expiring?: true;
  /** Setting that renames it, if any. */
  setting?: 'CosmosDB_DataContainerName' | 'CosmosDB_RunInfoContainerName';
}

/**
 * What is indexed is what a stated query filters or sums, no more: 0.19 RU per term and write.
 * repo-stats: read by id, which also finds the history under one name, since ids are always indexed; by change feed; and by the
 * repository's node id. run-info: by run, type and status, and the sums.
 */
export const CONTAINERS = {
  repoStats: {
    defaultName: 'repo-stats',
    partitionKey: '/repo',
    includedPaths: ['/repoId/?'],
    expiring: true,
    setting: 'CosmosDB_DataContainerName',
  },
  runInfo: {
    defaultName: 'run-info',
    partitionKey: '/runId',
    includedPaths: [
      '/runId/?',
      '/type/?',
      '/status/?',
      '/open/?',
      '/planned/?',
      '/lastCount/?',
      '/failedCount/?',
      '/created/?',
      '/failed/?',
      '/duplicate/?',
      '/pending/?',
      '/reopened/?',
    ],
    expiring: true,
    setting: 'CosmosDB_RunInfoContainerName',
  },
  /**
   * What is rare of a repository: when it was first seen, its names, when it was archived or gone. Records are read by id; what a batch saw
   * first is found by node id.
   */
  repos: { defaultName: 'repos', partitionKey: '/id', includedPaths: ['/repoIds/[]/?'] },
  leases: { defaultName: 'leases', partitionKey: '/id', includedPaths: [] },
  pace: { defaultName: 'pace', partitionKey: '/id', includedPaths: [] },
} as const satisfies Record<string, ContainerTopology>;
export type ContainerKey = keyof typeof CONTAINERS;

/** The body that creates a container, as both @azure/cosmos and ARM spell it. */
export function containerDefinition(key: ContainerKey, name: string) {
  const { partitionKey, includedPaths, expiring }: ContainerTopology = CONTAINERS[key];
  return {
    id: name,
    partitionKey: { paths: [partitionKey], version: 2 },
    indexingPolicy: {
      indexingMode: 'consistent' as const,
      automatic: true,
      includedPaths: includedPaths.map((path) => ({ path })),
      excludedPaths: [{ path: '/*' }],
    },
    ...(expiring && { defaultTtl: -1 }),
  };
}

/** Name of the only credential until more are configured; its lane is cred-default. */
export const DEFAULT_CREDENTIAL = 'default';

/** Events of the run, as subscribers filter them. */
export const RUN_COMPLETED = 'GithubStats.RunCompleted';
export const ANALYSIS_COMPLETED = 'GithubStats.AnalysisCompleted';
