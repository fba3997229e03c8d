/** A queue of their own for whoever wants to be told of completed runs: Event Grid puts the events there, under the topic's identity. */
import * as eventgrid from '@pulumi/azure-native/eventgrid/index.js';
import * as servicebus from '@pulumi/azure-native/servicebus/index.js';
import { RUN_COMPLETED } from '@github-repo-stats/shared/topology';
import * as pulumi from '@pulumi/pulumi';
import type { Events } from './events.ts';
import type { Messaging } from './messaging.ts';
import { EVENT_QUEUE } from './names.ts';
import { assignRole } from './roles.ts';

export interface EventQueueArgs {
  resourceGroupName: pulumi.Input<string>;
  messaging: Messaging;
  events: Events;
  /** Whether the namespace is closed to all but private endpoints. */
  closed: boolean;
  /** Tries again while roles spread. */
  retry: pulumi.ErrorHook;
}

export class EventQueue extends pulumi.ComponentResource {
  readonly queue: servicebus.Queue;

  constructor(
    name: string,
    { resourceGroupName, messaging, events, closed, retry }: EventQueueArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super('github-repo-stats:infra:EventQueue', name, {}, options);
    const parent = { parent: this };
    this.queue = new servicebus.Queue(
      `queue-${EVENT_QUEUE}`,
      {
        resourceGroupName,
        namespaceName: messaging.namespace.name,
        queueName: EVENT_QUEUE,
        // Event Grid delivers to no queue with sessions.
        requiresSession: false,
        requiresDuplicateDetection: false,
        deadLetteringOnMessageExpiration: true,
        lockDuration: 'PT1M',
        maxDeliveryCount: 10,
        defaultMessageTimeToLive: 'P14D',
      },
      parent,
    );
    const sender = assignRole(
      'topic-sends-events',
      {
        role: 'Azure Service Bus Data Sender',
        scope: this.queue.id,
        to: { principalId: events.topic.identity.apply((identity) => identity?.principalId ?? '') },
      },
      parent,
    );
    // Event Grid comes by no private endpoint, but as one of the services that Azure lets through by their identity.
    const ways = closed
      ? [
          new servicebus.NamespaceNetworkRuleSet(
            'event-grid-may-enter',
            {
              resourceGroupName,
              namespaceName: messaging.namespace.name,
              publicNetworkAccess: servicebus.PublicNetworkAccessFlag.Disabled,
              defaultAction: servicebus.DefaultAction.Deny,
              trustedServiceAccessEnabled: true,
            },
            parent,
          ),
        ]
      : [];
    new eventgrid.EventSubscription(
      'events-to-queue',
      {
        eventSubscriptionName: 'to-queue',
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
      { ...parent, dependsOn: [sender, ...ways], hooks: { onError: [retry] } },
    );
    this.registerOutputs({ name: this.queue.name });
  }
}
