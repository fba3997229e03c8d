/**
 * Spans: what was done for a run, by whom, caused by what, and how long it took. Where telemetry is off all of this does nothing.
 *
 * A span is made when its work has ended, under an id that is fixed when it begins: so a look that found nothing to do is not
 * told at all, and the spans of a message that is delivered again can have the id of the first one.
 */
import {
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  SpanKind,
} from '@opentelemetry/api';
import { errorFields } from '../log.ts';
import { idGenerator, withIds } from './forced-ids.ts';
import { noteWork, notingWork, type NotedWork } from './noted-work.ts';
import { readTraceparent, writeTraceparent } from './traceparent.ts';

/** The attribute that names an operation in Application Insights: without it the rows of AppRequests have no name. */
const OPERATION_NAME = 'ai.operation.name';

/** server: what came from outside; consumer: what was sent, or seen in the change feed; client: a call to somebody else. */
const KINDS = { server: SpanKind.SERVER, consumer: SpanKind.CONSUMER, client: SpanKind.CLIENT };

export interface SpanOptions {
  kind: keyof typeof KINDS;
  /** Below which span, and in which trace; left out: below the one that this is called in. */
  within?: Context;
  /** A span id that follows from what is done; else a random one. */
  id?: string;
  /** Work that failed will be done again under this id: the failure is told below it, under an id of its own. */
  comesAgain?: boolean;
  attributes?: Attributes;
  /** traceparent of something else that has to do with it: the host's own trace of the invocation. */
  link?: string | undefined;
  /** Told only when something was done in it. */
  onlyIfDone?: boolean;
}

/** What work learns of itself. */
export interface Noting {
  /** Adds attributes to the span. */
  note: (attributes: Attributes) => void;
  /** The work did not succeed, though nothing is thrown. */
  fail: (attributes: Attributes) => void;
  /** Nothing was done after all: the span is not told. */
  drop: () => void;
}

/** Tells a span that has ended. Times in epoch ms. */
export function tellSpan(
  name: string,
  { kind, attributes, link, id, traceId, within }: SpanOptions & { traceId?: string },
  { from, to, failed }: { from: number; to: number; failed: boolean },
): void {
  const linked = readTraceparent(link);
  const options = {
    kind: KINDS[kind],
    startTime: from,
    attributes: { [OPERATION_NAME]: name, ...attributes },
    ...(linked && { links: [{ context: linked }] }),
  };
  const ids = { ...(id !== undefined && { spanId: id }), ...(traceId !== undefined && { traceId }) };
  const span = withIds(ids, () =>
    trace.getTracer('github-repo-stats').startSpan(name, options, within ?? ROOT_CONTEXT),
  );
  if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(to);
}

/** Name and code of an error: what a span says of it. Its words are in the log. */
export function failureAttributes(error: unknown): Attributes {
  const { errorName, errorCode } = errorFields(error);
  return { ...(errorName !== undefined && { errorName }), ...(errorCode !== undefined && { errorCode }) };
}

/** Does work in a span, which is told when the work has ended; what it throws is passed on, and makes the span a failed one. */
export async function inSpan<T>(
  name: string,
  options: SpanOptions,
  work: (noting: Noting) => Promise<T>,
): Promise<T> {
  const within = options.within ?? context.active();
  const spanId = options.id ?? idGenerator.generateSpanId();
  const traceId = trace.getSpanContext(within)?.traceId ?? idGenerator.generateTraceId();
  const noted: NotedWork = { done: false };
  const attributes: Attributes = { ...options.attributes };
  const from = Date.now();
  let failed = false;
  let dropped = false;
  const noting: Noting = {
    note: (more) => void Object.assign(attributes, more),
    fail: (more) => {
      failed = true;
      Object.assign(attributes, more);
    },
    drop: () => void (dropped = true),
  };
  const inside = trace.setSpanContext(within, { traceId, spanId, traceFlags: TraceFlags.SAMPLED });
  try {
    return await context.with(notingWork(inside, noted), () => work(noting));
  } catch (error) {
    noting.fail(failureAttributes(error));
    throw error;
  } finally {
    if (!dropped && (!options.onlyIfDone || noted.done || failed)) {
      noteWork();
      const place = failed && options.comesAgain ? { within: inside } : { within, id: spanId, traceId };
      const { kind, link } = options;
      tellSpan(name, { kind, link, attributes, ...place }, { from, to: Date.now(), failed });
    }
  }
}

/** What names the span in which this is called to whatever it causes; undefined outside of one, and where telemetry is off. */
export function currentTraceparent(): string | undefined {
  const active = trace.getSpanContext(context.active());
  if (!active || !isSpanContextValid(active)) return undefined;
  noteWork();
  return writeTraceparent(active);
}
