/** Ids of spans: random ones, unless a span is to have given ones. */
import { randomBytes } from 'node:crypto';

let forced: { traceId?: string; spanId?: string } = {};

/** In the form that OpenTelemetry asks for: 32 and 16 hex characters. */
export const idGenerator = {
  generateTraceId: (): string => forced.traceId ?? randomBytes(16).toString('hex'),
  generateSpanId: (): string => forced.spanId ?? randomBytes(8).toString('hex'),
};

/** Starts a span that has these ids. A span below another one has the trace id of that one. @param start synchronous. */
export function withIds<T>(ids: { traceId?: string; spanId?: string }, start: () => T): T {
  forced = ids;
  try {
    return start();
  } finally {
    forced = {};
  }
}
