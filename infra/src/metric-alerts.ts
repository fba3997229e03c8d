/** The alerts that watch metrics of the platform: they are there whether the apps log or not. */
import { ARCHIVE_QUEUE, QUEUES } from '@github-repo-stats/shared/topology';
import type { Severity } from './log-alerts.ts';

export interface MetricWatch {
  /** Name of the resource, and of the recipe in docs/operations.md. */
  name: string;
  description: string;
  severity: Severity;
  /** Whose metric. */
  of: 'messages' | 'store';
  namespace: string;
  metric: string;
  aggregation: 'Maximum' | 'Count';
  above: number;
  dimension: { name: string; values: readonly string[] };
  /** How long it is looked at, and how often. */
  window: string;
  every: string;
}

/**
 * Answers 429 in an hour that are more than runs make that get along: one that writes at the edge of its throughput is refused some
 * hundred times in some minutes and waits; a client that is refused without end asks again every second, 3,600 times an hour.
 */
const THROTTLED_PER_HOUR = 1000;

export const METRIC_ALERTS: readonly MetricWatch[] = [
  // Each dead letter is work that was lost or settled as failed, and none goes away by itself: one is enough.
  {
    name: 'dead-letters',
    description:
      'The queue named by EntityName has dead letters: messages that could not be handled. It resolves when they are gone.',
    severity: 1,
    of: 'messages',
    namespace: 'Microsoft.ServiceBus/namespaces',
    metric: 'DeadletteredMessages',
    aggregation: 'Maximum',
    above: 0,
    dimension: {
      name: 'EntityName',
      values: [...Object.values(QUEUES), ARCHIVE_QUEUE].map((queue) => queue.name),
    },
    window: 'PT5M',
    every: 'PT5M',
  },
  {
    name: 'cosmos-throttled',
    description: `Cosmos DB refused more than ${THROTTLED_PER_HOUR} requests in an hour, because they ask for more than its throughput. Nothing is lost, but runs get slow.`,
    severity: 2,
    of: 'store',
    namespace: 'Microsoft.DocumentDB/databaseAccounts',
    metric: 'TotalRequests',
    aggregation: 'Count',
    above: THROTTLED_PER_HOUR,
    dimension: { name: 'StatusCode', values: ['429'] },
    window: 'PT1H',
    every: 'PT15M',
  },
];
