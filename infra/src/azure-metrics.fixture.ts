/**
 * Metrics of the platform that the workbook and the alerts may use, with how they can be put together and by what they can be split:
 * learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/<resource type with hyphens>-metrics. None of the first four can
 * be exported to logs, so that no query finds them there.
 */
export interface KnownMetric {
  aggregations: readonly string[];
  dimensions: readonly string[];
  /** The group under which the portal files it; Service Bus has none. */
  group: string;
}

const depth = { aggregations: ['average', 'minimum', 'maximum'], dimensions: ['EntityName'], group: '' };

/** By resource type in lower case, then by name in the REST API. */
export const KNOWN_METRICS: Readonly<Record<string, Readonly<Record<string, KnownMetric>>>> = {
  'microsoft.servicebus/namespaces': {
    ActiveMessages: depth,
    DeadletteredMessages: depth,
    ScheduledMessages: depth,
  },
  'microsoft.documentdb/databaseaccounts': {
    TotalRequests: {
      aggregations: ['count'],
      dimensions: ['DatabaseName', 'CollectionName', 'Region', 'StatusCode', 'OperationType', 'Status'],
      group: 'Requests',
    },
    TotalRequestUnits: {
      aggregations: ['total', 'average', 'maximum'],
      dimensions: ['DatabaseName', 'CollectionName', 'Region', 'StatusCode', 'OperationType', 'Status'],
      group: 'Requests',
    },
  },
};
