import { beforeEach, describe, expect, it } from 'vitest';
import { consume } from './consume.ts';
import { FetchBatch, fetchEnvelope, parseMessage } from './messages.ts';
import { complete, type Settlement } from './settlement.ts';
import { rootOf, traceIdOf } from './telemetry/run-trace.ts';
import { keepTelemetry } from './telemetry/telemetry.fixture.ts';
import { writeTraceparent } from './telemetry/traceparent.ts';
import { QUEUES } from './topology.ts';

const RUN = '1611127298';
const message: FetchBatch = {
  runId: RUN,
  batchId: 'b-s00001-00001-1',
  repos: [{ nameWithOwner: 'a/b' }],
  attempt: 1,
  firstAttempt: 1,
  wait: 0,
};
const SENDER = { ...rootOf(RUN), spanId: 'b7ad6b7169203331' };
const told = keepTelemetry();
beforeEach(() => told.forget());

async function deliver(
  handle: () => Promise<Settlement>,
  metadata: Record<string, unknown> = {},
  body: unknown = message,
): Promise<void> {
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const context = {
    ...silent,
    traceContext: { traceParent: '00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01' },
    triggerMetadata: {
      messageId: 'm-1',
      sequenceNumber: 12,
      deliveryCount: 1,
      applicationProperties: { traceparent: writeTraceparent(SENDER) },
      ...metadata,
    },
  };
  const consumer = {
    queue: QUEUES.fetch,
    sender: { send: () => Promise.resolve(), schedule: () => Promise.resolve() },
    scale: 1,
    parse: (raw: unknown, id: string) => parseMessage(FetchBatch, raw, id),
    waitingCopy: (m: FetchBatch) => ({ copy: fetchEnvelope(m, 'default'), wait: 0 }),
    handle,
    lastDelivery: () => Promise.resolve(),
  };
  await consume(body, context, consumer).catch(() => undefined);
}
const die = () => Promise.reject(new TypeError('a bug'));

describe('a delivery is told', () => {
  it('below the span that sent the message, with what became of it', async () => {
    await deliver(async () => complete);
    const span = told.span('fetch');
    expect(span.spanContext().traceId).toBe(traceIdOf(RUN));
    expect(span.parentSpanContext?.spanId).toBe(SENDER.spanId);
    expect(span.attributes).toMatchObject({
      queue: 'fetch',
      messageId: 'm-1',
      runId: RUN,
      delivery: 1,
      waited: 0,
      result: 'completed',
    });
    expect(span.links.map((l) => l.context.spanId)).toEqual(['00f067aa0ba902b7']);
  });

  it('with its entries', async () => {
    await deliver(die);
    const inside = told.entries().map(({ message: text, spanId }) => [text, spanId]);
    const { parentSpanContext } = told.span('fetch');
    expect(inside).toEqual([
      ['handler failed', parentSpanContext?.spanId],
      ['message handled', parentSpanContext?.spanId],
    ]);
  });

  it('below the root when nobody says what sent it: dropped by hand, or by an app without telemetry', async () => {
    await deliver(async () => complete, { applicationProperties: {} });
    expect(told.span('fetch').parentSpanContext?.spanId).toBe(rootOf(RUN).spanId);
  });

  it('in its run even when it cannot be understood', async () => {
    await deliver(async () => complete, {}, { runId: RUN, batchId: 7 });
    expect(told.span('fetch').spanContext().traceId).toBe(traceIdOf(RUN));
    expect(told.span('fetch').attributes).toMatchObject({
      result: 'thrown',
      errorCode: 'unreadable-message',
    });
  });

  it('under one id however often it comes: failures below it, and the last one under it', async () => {
    await deliver(die);
    const failed = told.span('fetch');
    told.forget();
    await deliver(async () => complete, { deliveryCount: 2 });
    const ended = told.span('fetch').spanContext().spanId;
    expect(failed.parentSpanContext?.spanId).toBe(ended);
    expect(failed.attributes).toMatchObject({ errorName: 'TypeError', result: 'thrown' });
    told.forget();
    await deliver(die, { deliveryCount: QUEUES.fetch.maxDeliveryCount });
    expect(told.span('fetch').spanContext().spanId).toBe(ended);
    told.forget();
    await deliver(async () => complete, { sequenceNumber: 13 });
    expect(told.span('fetch').spanContext().spanId).not.toBe(ended);
  });
});
