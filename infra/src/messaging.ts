/** Service Bus: one namespace, and the queues of the topology. */
import * as servicebus from '@pulumi/azure-native/servicebus/index.js';
import { QUEUES, type QueueName, type QueueTopology } from '@github-repo-stats/shared/topology';
import * as pulumi from '@pulumi/pulumi';
import type { InfraConfig } from './config.ts';
import { publicAccess } from './private-network.ts';

/** ISO 8601 as Azure returns it, whole minutes as such, so that a refresh shows no difference. */
const isoDuration = (seconds: number): string =>
  seconds % 60 === 0 ? `PT${seconds / 60}M` : `PT${seconds}S`;

/** What the queues of the topology have in common. */
export const queueProperties = ({ name, lockSeconds, maxDeliveryCount, ttlDays }: QueueTopology) => ({
  queueName: name,
  requiresDuplicateDetection: false,
  deadLetteringOnMessageExpiration: true,
  lockDuration: isoDuration(lockSeconds),
  maxDeliveryCount,
  defaultMessageTimeToLive: `P${ttlDays}D`,
  // The largest of Standard, at no price; left out it is 1 GB: https://learn.microsoft.com/azure/service-bus-messaging/service-bus-quotas
  maxSizeInMegabytes: 5120,
});

export class Messaging extends pulumi.ComponentResource {
  readonly namespace: servicebus.Namespace;
  readonly queues: Record<QueueName, servicebus.Queue>;
  /** Host name, as clients with an identity want it. */
  readonly address: pulumi.Output<string>;
  /** What lets Event Grid in, where the namespace is closed to all but private endpoints. */
  readonly ways: readonly pulumi.Resource[];

  constructor(
    name: string,
    {
      resourceGroupName,
      config,
    }: {
      resourceGroupName: pulumi.Input<string>;
      config: Pick<InfraConfig, 'privateNetwork' | 'publishEvents' | 'eventQueue' | 'archive'>;
    },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super('github-repo-stats:infra:Messaging', name, {}, options);
    const parent = { parent: this };
    this.namespace = new servicebus.Namespace(
      'messages',
      {
        resourceGroupName,
        // Sessions need Standard, private endpoints Premium.
        sku: config.privateNetwork
          ? { name: servicebus.SkuName.Premium, tier: servicebus.SkuTier.Premium, capacity: 1 }
          : { name: servicebus.SkuName.Standard, tier: servicebus.SkuTier.Standard },
        disableLocalAuth: true,
        minimumTlsVersion: servicebus.TlsVersion.TlsVersion_1_2,
        publicNetworkAccess: publicAccess(config),
      },
      // Azure changes no namespace from one to the other: it is another one.
      { ...parent, replaceOnChanges: ['sku'] },
    );
    const queue = (key: QueueName): servicebus.Queue =>
      new servicebus.Queue(
        `queue-${key}`,
        {
          resourceGroupName,
          namespaceName: this.namespace.name,
          ...queueProperties(QUEUES[key]),
          requiresSession: true,
        },
        parent,
      );
    this.queues = { resolve: queue('resolve'), fetch: queue('fetch'), write: queue('write') };
    // Event Grid comes by no private endpoint, but as one of the services that Azure lets through by their identity.
    this.ways =
      config.privateNetwork && config.publishEvents && (config.eventQueue || config.archive)
        ? [
            new servicebus.NamespaceNetworkRuleSet(
              'event-grid-may-enter',
              {
                resourceGroupName,
                namespaceName: this.namespace.name,
                publicNetworkAccess: servicebus.PublicNetworkAccessFlag.Disabled,
                defaultAction: servicebus.DefaultAction.Deny,
                trustedServiceAccessEnabled: true,
              },
              parent,
            ),
          ]
        : [];
    this.address = pulumi.interpolate`${this.namespace.name}.servicebus.windows.net`;
    this.registerOutputs({ address: this.address });
  }
}
