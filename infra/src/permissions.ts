/** What each app may do, and so which roles its identity gets. A test holds this to what the code of each app opens. */
import type { AnyQueueName, ContainerKey } from '@github-repo-stats/shared/topology';
import type { CosmosAccess } from './roles.ts';
import type { ServiceName } from './services.ts';

export interface Permissions {
  /** Queues that it sends to; that of the archive only where there is one. */
  send: readonly AnyQueueName[];
  /** Queues that it receives from, or at whose dead letters it looks; likewise. */
  receive: readonly AnyQueueName[];
  containers: Partial<Record<ContainerKey, CosmosAccess>>;
  /** Whether it publishes the event of a completed run. */
  publish: boolean;
  /** Whether it keeps the archive, and so writes its blobs. */
  archive?: true;
}

export const PERMISSIONS: Record<ServiceName, Permissions> = {
  scheduler: {
    // To the last two only what was a dead letter.
    send: ['resolve', 'fetch', 'write', 'archive'],
    // It looks at dead letters, and takes those out that are sent back.
    receive: ['resolve', 'fetch', 'write', 'archive'],
    // For an estimate it asks GitHub itself, under a grant in `pace`.
    containers: { runInfo: 'write', pace: 'write' },
    publish: false,
  },
  resolver: {
    send: ['resolve', 'fetch'],
    receive: ['resolve'],
    containers: { runInfo: 'write', pace: 'write' },
    publish: false,
  },
  fetcher: {
    send: ['fetch', 'write'],
    receive: ['fetch'],
    containers: { runInfo: 'write', pace: 'write' },
    publish: false,
  },
  writer: {
    send: ['write'],
    receive: ['write'],
    containers: { repoStats: 'write', runInfo: 'write', repos: 'write' },
    publish: false,
  },
  reporter: {
    send: [],
    receive: [],
    // The API reads a repository's history, and what the credentials wait for.
    containers: { runInfo: 'write', repos: 'write', leases: 'write', repoStats: 'read', pace: 'read' },
    publish: true,
  },
  archiver: {
    send: [],
    receive: ['archive'],
    containers: { repoStats: 'write', runInfo: 'write' },
    publish: false,
    archive: true,
  },
};
