/** Logical names that are exceptions from a rule, for who makes the resource and for the policy that lets it pass. */
import { ARCHIVE_QUEUE } from '@github-repo-stats/shared/topology';
import type { ServiceName } from './services.ts';

/** The one storage account with keys: the provider uploads packages with them. */
export const PACKAGES_ACCOUNT = 'packages';

/** The beginning of the names of the host's storage accounts, of which alone an app owns the data. */
const HOST_ACCOUNT = 'host';
export const hostAccount = (service: ServiceName): string => `${HOST_ACCOUNT}${service}`;
export const isHostAccount = (accountName: string): boolean => accountName.startsWith(HOST_ACCOUNT);

/** The storage account of the archive. */
export const ARCHIVE_ACCOUNT = 'archive';

/** The queue to which Event Grid delivers, which it does to none with sessions. No app of ours reads it, so it is none of the topology's. */
export const EVENT_QUEUE = 'run-completed';
/** The queues to which Event Grid delivers: they alone have no sessions. */
export const DELIVERED_QUEUES: readonly string[] = [EVENT_QUEUE, ARCHIVE_QUEUE.name];
