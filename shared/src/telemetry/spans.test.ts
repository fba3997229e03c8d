import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { beforeEach, describe, expect, it } from 'vitest';
import { logTo } from '../log.ts';
import { contextOfWork, rootOf, traceIdOf } from './run-trace.ts';
import { currentTraceparent, inSpan, tellSpan, type SpanOptions } from './spans.ts';
import { keepTelemetry } from './telemetry.fixture.ts';
import { readTraceparent } from './traceparent.ts';

const RUN = '1611127298';
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const log = logTo(silent);
const ofRun: SpanOptions = { kind: 'consumer', within: contextOfWork(RUN, undefined) };

describe('with telemetry', () => {
  const told = keepTelemetry();
  beforeEach(() => told.forget());

  it('a span is of its run, below what caused it, and names itself to what it causes', async () => {
    let inside: string | undefined;
    await inSpan('work', { ...ofRun, attributes: { queue: 'fetch' } }, async ({ note }) => {
      inside = currentTraceparent();
      note({ result: 'completed' });
    });
    const span = told.span('work');
    expect(span.parentSpanContext?.spanId).toBe(rootOf(RUN).spanId);
    expect(span.kind).toBe(SpanKind.CONSUMER);
    expect(span.attributes).toEqual({ 'ai.operation.name': 'work', queue: 'fetch', result: 'completed' });
    expect(span.status.code).toBe(SpanStatusCode.UNSET);
    expect(readTraceparent(inside)).toMatchObject({
      traceId: traceIdOf(RUN),
      spanId: span.spanContext().spanId,
    });
  });

  it('spans lie below the one in which they are made, through whatever is awaited', async () => {
    await inSpan('outer', ofRun, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      await Promise.all([inSpan('a', { kind: 'client' }, work), inSpan('b', { kind: 'client' }, work)]);
    });
    const outer = told.span('outer').spanContext();
    for (const name of ['a', 'b']) {
      expect(told.span(name).parentSpanContext?.spanId).toBe(outer.spanId);
      expect(told.span(name).spanContext().traceId).toBe(outer.traceId);
    }
    expect(told.span('a').spanContext().spanId).not.toBe(told.span('b').spanContext().spanId);
  });

  it('what is thrown is passed on, and told by name and code, never by its words', async () => {
    const error = Object.assign(new TypeError('token ghp_1'), { code: 503 });
    await expect(inSpan('work', ofRun, () => Promise.reject(error))).rejects.toBe(error);
    const span = told.span('work');
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR });
    expect(span.attributes).toMatchObject({ errorName: 'TypeError', errorCode: '503' });
    expect(JSON.stringify([span.attributes, span.events, span.status])).not.toContain('ghp_1');
  });

  it('work that failed and comes again is told below the span under which it will be told', async () => {
    const again = { ...ofRun, id: 'b7ad6b7169203331', comesAgain: true };
    await inSpan('work', again, () => Promise.reject(new Error('x'))).catch(() => undefined);
    expect(told.span('work').parentSpanContext?.spanId).toBe('b7ad6b7169203331');
    expect(told.span('work').spanContext().spanId).not.toBe('b7ad6b7169203331');
    told.forget();
    await inSpan('work', again, work);
    expect(told.span('work').spanContext().spanId).toBe('b7ad6b7169203331');
    expect(told.span('work').parentSpanContext?.spanId).toBe(rootOf(RUN).spanId);
  });

  it.each([
    ['logged', async () => log('info', 'dead letter', { queue: 'q', messageId: 'm', reason: 'r' })],
    ['sent', async () => void currentTraceparent()],
    ['done in a span below', () => inSpan('below', { kind: 'client' }, work)],
    ['thrown', () => Promise.reject(new Error('x'))],
  ])('a look is told when something was %s in it', async (_, doing) => {
    await inSpan('look', { ...ofRun, onlyIfDone: true }, () =>
      inSpan('inner', { ...ofRun, onlyIfDone: true }, work),
    );
    expect(told.spans()).toEqual([]);
    await inSpan('look', { ...ofRun, onlyIfDone: true }, doing).catch(() => undefined);
    expect(told.span('look').attributes).toMatchObject({ 'ai.operation.name': 'look' });
  });

  it('a span that is dropped is not told', async () => {
    await inSpan('work', ofRun, async ({ drop }) => drop());
    expect(told.spans()).toEqual([]);
  });

  it("leads to the host's own trace", async () => {
    const link = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await inSpan('work', { ...ofRun, link }, work);
    expect(told.span('work').links.map((l) => l.context.spanId)).toEqual(['b7ad6b7169203331']);
    told.forget();
    await inSpan('work', { ...ofRun, link: 'none' }, work);
    expect(told.span('work').links).toEqual([]);
  });

  it('a span can be told afterwards, with its ids and times', () => {
    const ids = { traceId: traceIdOf(RUN), id: rootOf(RUN).spanId };
    tellSpan('run', { kind: 'server', ...ids }, { from: 1_000_500, to: 1_063_000, failed: true });
    const span = told.span('run');
    expect(span.spanContext()).toMatchObject({ traceId: ids.traceId, spanId: ids.id });
    expect(span.parentSpanContext).toBeUndefined();
    expect([span.startTime, span.endTime]).toEqual([
      [1000, 500_000_000],
      [1063, 0],
    ]);
    expect(span.status.code).toBe(SpanStatusCode.ERROR);
  });

  it('an entry is a record in the span where it was logged', async () => {
    const fields = { runId: RUN, messages: 2 };
    await inSpan('work', ofRun, async () => log('warn', 'what a quiet run misses was sent again', fields));
    const { traceId, spanId } = told.span('work').spanContext();
    expect(told.entries()).toEqual([
      { message: 'what a quiet run misses was sent again', attributes: fields, traceId, spanId },
    ]);
  });

  it('an entry about another run than that of its span, or in none, is a record below the root of its run', async () => {
    const other = '1611127299';
    await inSpan('work', ofRun, async () =>
      log('info', 'a run stopped at its beginning and goes on', { runId: other }),
    );
    log('info', 'a run stopped at its beginning and goes on', { runId: RUN });
    expect(told.entries().map(({ traceId, spanId }) => ({ traceId, spanId }))).toEqual(
      [other, RUN].map((runId) => ({ traceId: rootOf(runId).traceId, spanId: rootOf(runId).spanId })),
    );
  });

  it('fields that are left out are no attributes', () => {
    log('error', 'handler failed', {
      queue: 'q',
      messageId: 'm',
      deliveryCount: 1,
      runId: undefined,
      error: 'x',
    });
    expect(told.entries()[0]?.attributes).toEqual({
      queue: 'q',
      messageId: 'm',
      deliveryCount: 1,
      error: 'x',
    });
  });
});

const work = (): Promise<void> => Promise.resolve();
