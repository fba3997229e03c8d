/** Service Bus: one namespace, and the queues of the topology. */
import * as servicebus from '@pulumi/azure-native/servicebus/index.js';
import { QUEUES, type QueueName } from '@github-repo-stats/shared/topology';
import * as pulumi from '@pulumi/pulumi';
import type { InfraConfig } from './config.ts';
import { publicAccess } from './private-network.ts';

/** ISO 8601 as Azure returns it, whole minutes as such, so that a refresh shows no difference. */
const isoDuration = (seconds: number): string =>
  seconds % 60 === 0 ? `PT${seconds / 60}M` : `PT${seconds}S`;

export class Messaging extends pulumi.ComponentResource {
  readonly namespace: servicebus.Namespace;
  readonly queues: Record<QueueName, servicebus.Queue>;
  /** Host name, as clients with an identity want it. */
  readonly address: pulumi.Output<string>;

  constructor(
    name: string,
    {
      resourceGroupName,
      config,
    }: { resourceGroupName: pulumi.Input<string>; config: Pick<InfraConfig, 'privateNetwork'> },
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
          queueName: QUEUES[key].name,
          requiresSession: true,
          requiresDuplicateDetection: false,
          deadLetteringOnMessageExpiration: true,
          lockDuration: isoDuration(QUEUES[key].lockSeconds),
          maxDeliveryCount: QUEUES[key].maxDeliveryCount,
          defaultMessageTimeToLive: `P${QUEUES[key].ttlDays}D`,
          // The largest of Standard, at no price; left out it is 1 GB: https://learn.microsoft.com/azure/service-bus-messaging/service-bus-quotas
          maxSizeInMegabytes: 5120,
        },
        parent,
      );
    this.queues = { resolve: queue('resolve'), fetch: queue('fetch'), write: queue('write') };
    this.address = pulumi.interpolate`${this.namespace.name}.servicebus.windows.net`;
    this.registerOutputs({ address: this.address });
  }
}
