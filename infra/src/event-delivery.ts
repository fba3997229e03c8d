/** A queue to which Event Grid puts the events of completed runs, under the topic's identity. */
import * as eventgrid from '@pulumi/azure-native/eventgrid/index.js';
import * as servicebus from '@pulumi/azure-native/servicebus/index.js';
import { RUN_COMPLETED, type QueueTopology } from '@github-repo-stats/shared/topology';
import * as pulumi from '@pulumi/pulumi';
import type { Events } from './events.ts';
import { queueProperties, type Messaging } from './messaging.ts';
import { assignRole } from './roles.ts';

export interface EventDeliveryArgs {
  resourceGroupName: pulumi.Input<string>;
  messaging: Messaging;
  /** Absent when no events are published: then there is the queue alone. */
  events: Events | undefined;
  queue: QueueTopology;
  /** For the names of its resources. */
  what: string;
  /** Tries again while roles spread. */
  retry: pulumi.ErrorHook;
}

export class EventDelivery extends pulumi.ComponentResource {
  readonly queue: servicebus.Queue;

  constructor(
    name: string,
    { resourceGroupName, messaging, events, queue, what, retry }: EventDeliveryArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super('github-repo-stats:infra:EventDelivery', name, {}, options);
    const parent = { parent: this };
    this.queue = new servicebus.Queue(
      `queue-${queue.name}`,
      {
        resourceGroupName,
        namespaceName: messaging.namespace.name,
        ...queueProperties(queue),
        // Event Grid delivers to no queue with sessions.
        requiresSession: false,
      },
      parent,
    );
    if (events) {
      const sender = assignRole(
        `topic-sends-${what}`,
        {
          role: 'Azure Service Bus Data Sender',
          scope: this.queue.id,
          to: { principalId: events.topic.identity.apply((identity) => identity?.principalId ?? '') },
        },
        parent,
      );
      new eventgrid.EventSubscription(
        `${what}-to-queue`,
        {
          eventSubscriptionName: `to-${queue.name}`,
          scope: events.topic.id,
          deliveryWithResourceIdentity: {
            identity: { type: eventgrid.EventSubscriptionIdentityType.SystemAssigned },
            destination: { endpointType: 'ServiceBusQueue', resourceId: this.queue.id },
          },
          eventDeliverySchema: eventgrid.EventDeliverySchema.CloudEventSchemaV1_0,
          filter: { includedEventTypes: [RUN_COMPLETED] },
          // As long and as often as Event Grid tries at most. What is not delivered by then is in the logs, and the run in its document.
          retryPolicy: { eventTimeToLiveInMinutes: 1440, maxDeliveryAttempts: 30 },
        },
        { ...parent, dependsOn: [sender, ...messaging.ways], hooks: { onError: [retry] } },
      );
    }
    this.registerOutputs({ name: this.queue.name });
  }
}
