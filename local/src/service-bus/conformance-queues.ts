/** The queues of the conformance suites, in the form of Config.json: the broker reads it, and Azure's are made of it. */
import type { ServiceBusConfig } from './config.ts';

export const CONFORMANCE_QUEUES = [
  { Name: 'plain' },
  { Name: 'short', Properties: { LockDuration: 'PT5S', MaxDeliveryCount: 3 } },
  { Name: 'sessions', Properties: { RequiresSession: true } },
  {
    Name: 'short-sessions',
    Properties: { RequiresSession: true, LockDuration: 'PT5S', MaxDeliveryCount: 3 },
  },
  { Name: 'long-sessions', Properties: { RequiresSession: true, LockDuration: 'PT5M' } },
  { Name: 'unique', Properties: { RequiresDuplicateDetection: true } },
  {
    Name: 'mortal',
    Properties: { DefaultMessageTimeToLive: 'PT5S', DeadLetteringOnMessageExpiration: true },
  },
] satisfies NonNullable<ServiceBusConfig['UserConfig']['Namespaces'][number]['Queues']>;
