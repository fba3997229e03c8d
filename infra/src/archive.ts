/** The archive: an account of its own for its blobs, what they cost less for after a month, and the queue that tells of completed runs. */
import * as storage from '@pulumi/azure-native/storage/index.js';
import type * as servicebus from '@pulumi/azure-native/servicebus/index.js';
import { STATS_PREFIX } from '@github-repo-stats/shared/archive/manifest';
import { ARCHIVE_QUEUE, BLOB_CONTAINER } from '@github-repo-stats/shared/topology';
import * as pulumi from '@pulumi/pulumi';
import type { InfraConfig } from './config.ts';
import { EventDelivery } from './event-delivery.ts';
import type { Events } from './events.ts';
import type { Messaging } from './messaging.ts';
import { ARCHIVE_ACCOUNT } from './names.ts';
import { closedStorage } from './closed-storage.ts';

export interface ArchiveArgs {
  resourceGroupName: pulumi.Input<string>;
  config: Pick<InfraConfig, 'protect' | 'privateNetwork'>;
  messaging: Messaging;
  events: Events | undefined;
  retry: pulumi.ErrorHook;
}

/** Written once, read rarely, and never so rarely that hours of waiting would be in order: cool, not archive. */
const COOL_AFTER_DAYS = 30;

export class Archive extends pulumi.ComponentResource {
  readonly account: storage.StorageAccount;
  readonly container: storage.BlobContainer;
  readonly queue: servicebus.Queue;
  /** What lies under the account. */
  readonly parts: readonly pulumi.Resource[];
  /** Address of the container. */
  readonly url: pulumi.Output<string>;

  constructor(
    name: string,
    { resourceGroupName, config, messaging, events, retry }: ArchiveArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super('github-repo-stats:infra:Archive', name, {}, options);
    const kept = { parent: this, protect: config.protect };
    this.account = new storage.StorageAccount(
      ARCHIVE_ACCOUNT,
      {
        resourceGroupName,
        ...closedStorage(config),
        accessTier: storage.AccessTier.Hot,
      },
      kept,
    );
    this.container = new storage.BlobContainer(
      'archive-container',
      {
        resourceGroupName,
        accountName: this.account.name,
        containerName: BLOB_CONTAINER,
        publicAccess: storage.PublicAccess.None,
      },
      kept,
    );
    const lifecycle = new storage.ManagementPolicy(
      'archive-lifecycle',
      {
        resourceGroupName,
        accountName: this.account.name,
        // The only name that Azure takes.
        managementPolicyName: 'default',
        policy: {
          rules: [
            {
              name: 'statistics-to-cool',
              enabled: true,
              type: storage.RuleType.Lifecycle,
              definition: {
                filters: { blobTypes: ['blockBlob'], prefixMatch: [`${BLOB_CONTAINER}/${STATS_PREFIX}`] },
                actions: { baseBlob: { tierToCool: { daysAfterModificationGreaterThan: COOL_AFTER_DAYS } } },
              },
            },
          ],
        },
      },
      { parent: this },
    );
    this.parts = [this.container, lifecycle];
    this.url = pulumi.interpolate`${this.account.primaryEndpoints.blob}${this.container.name}`;
    const delivery = new EventDelivery(
      'archive-queue',
      { resourceGroupName, messaging, events, queue: ARCHIVE_QUEUE, what: 'runs-to-archive', retry },
      { parent: this },
    );
    this.queue = delivery.queue;
    this.registerOutputs({ url: this.url });
  }
}
