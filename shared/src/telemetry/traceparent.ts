/** The W3C header `traceparent`, by which whoever is caused by something names it: https://www.w3.org/TR/trace-context/ */
import { isSpanContextValid, TraceFlags, type SpanContext } from '@opentelemetry/api';

const FORM = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/;

/** Undefined for anything but a traceparent of version 00 with valid ids. */
export function readTraceparent(text: unknown): SpanContext | undefined {
  const [, traceId = '', spanId = ''] = (typeof text === 'string' && FORM.exec(text)) || [];
  // Whatever the flag says: what is kept of a run is kept whole.
  const read: SpanContext = { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true };
  return isSpanContextValid(read) ? read : undefined;
}

export const writeTraceparent = ({ traceId, spanId }: SpanContext): string => `00-${traceId}-${spanId}-01`;
