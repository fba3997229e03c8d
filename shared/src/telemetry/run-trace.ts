/** The one trace of a run: its ids follow from the run's id, so that whoever works for the run finds it, whatever was lost. */
import { createHash } from 'node:crypto';
import { ROOT_CONTEXT, trace, TraceFlags, type Context, type SpanContext } from '@opentelemetry/api';
import { readTraceparent } from './traceparent.ts';

/** Lower-case hex, so many characters of a digest; W3C forbids ids of zeros alone, which no digest is in practice. */
const digest = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, length);

/** Trace id of a run: 32 hex characters. */
export const traceIdOf = (runId: string): string => digest(`run:${runId}`, 32);

/** A span id that follows from what it is about: 16 hex characters. */
export const spanIdOf = (...parts: readonly string[]): string => digest(`span:${parts.join('\n')}`, 16);

/** Span id of a run's end: that of the first revision is the root of the trace, and the later ones lie below it. */
export const revisionSpanId = (runId: string, revision = 1): string =>
  revision <= 1 ? spanIdOf('run', runId) : spanIdOf('run', runId, String(revision));

/** Where a span of a run begins when nothing closer is known: below the root. */
export const rootOf = (runId: string): SpanContext => ({
  traceId: traceIdOf(runId),
  spanId: revisionSpanId(runId),
  traceFlags: TraceFlags.SAMPLED,
  isRemote: true,
});

/**
 * The context of work for a run.
 * @param runId undefined when what was received does not say it.
 * @param parent traceparent of whoever caused the work; one of another trace is not followed.
 */
export function contextOfWork(runId: string | undefined, parent: string | undefined): Context {
  const cause = readTraceparent(parent);
  if (runId === undefined) return cause ? trace.setSpanContext(ROOT_CONTEXT, cause) : ROOT_CONTEXT;
  const root = rootOf(runId);
  return trace.setSpanContext(ROOT_CONTEXT, cause?.traceId === root.traceId ? cause : root);
}
