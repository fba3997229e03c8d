/** For tests: switches telemetry on in this process, over the real SDK, and keeps what is told in memory. */
import { context, trace } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import { idGenerator } from './forced-ids.ts';

export interface Told {
  spans(): ReadableSpan[];
  /** The one span of this name. */
  span(name: string): ReadableSpan;
  entries(): {
    message: unknown;
    attributes: object;
    traceId: string | undefined;
    spanId: string | undefined;
  }[];
  forget(): void;
}

export function keepTelemetry(): Told {
  const spans = new InMemorySpanExporter();
  const records = new InMemoryLogRecordExporter();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ idGenerator, spanProcessors: [new SimpleSpanProcessor(spans)] }),
  );
  logs.setGlobalLoggerProvider(
    new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter: records })] }),
  );
  return {
    spans: () => spans.getFinishedSpans(),
    span(name) {
      const found = spans.getFinishedSpans().filter((s) => s.name === name);
      if (found.length !== 1 || !found[0]) throw new Error(`${found.length} spans are called ${name}`);
      return found[0];
    },
    entries: () =>
      records.getFinishedLogRecords().map(({ body, attributes, spanContext }) => ({
        message: body,
        attributes,
        traceId: spanContext?.traceId,
        spanId: spanContext?.spanId,
      })),
    forget() {
      spans.reset();
      records.reset();
    },
  };
}
