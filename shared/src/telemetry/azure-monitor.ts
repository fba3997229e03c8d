/** Opens the OpenTelemetry SDK over Application Insights: the one place that loads it. */
import { AzureMonitorLogExporter, AzureMonitorTraceExporter } from '@azure/monitor-opentelemetry-exporter';
import { context, trace } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { idGenerator } from './forced-ids.ts';
import { exporterOptions } from './ingestion.ts';

/**
 * A process that is killed loses what it has not sent yet: a second's worth. What does not fit into the queue is dropped, so
 * that telemetry that cannot be sent costs no more memory than that.
 */
const BATCHES = { scheduledDelayMillis: 1_000, maxQueueSize: 4_096, maxExportBatchSize: 512 };

/** @returns what sends all that is waiting, and then lets go of everything. @throws for a connection string that is none. */
export function openAzureMonitor(app: string, connectionString: string): { close(): Promise<void> } {
  const options = exporterOptions(connectionString);
  const resource = resourceFromAttributes({ 'service.name': app });
  const spans = new BasicTracerProvider({
    resource,
    idGenerator,
    spanProcessors: [new BatchSpanProcessor(new AzureMonitorTraceExporter(options), BATCHES)],
  });
  const records = new LoggerProvider({
    resource,
    processors: [new BatchLogRecordProcessor({ exporter: new AzureMonitorLogExporter(options), ...BATCHES })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(spans);
  logs.setGlobalLoggerProvider(records);
  return {
    async close() {
      await Promise.allSettled([spans.forceFlush(), records.forceFlush()]);
      await Promise.allSettled([spans.shutdown(), records.shutdown()]);
    },
  };
}
