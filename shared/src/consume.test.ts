import { describe, expect, it } from 'vitest';
import { consume, type Consumer } from './consume.ts';
import { FetchBatch, UnreadableMessage, fetchEnvelope, parseMessage, type Envelope } from './messages.ts';
import { complete, type Settlement } from './settlement.ts';
import { QUEUES } from './topology.ts';

const message: FetchBatch = {
  runId: '1611127298',
  batchId: 'b-s00001-00001-1',
  repos: [{ nameWithOwner: 'a/b' }],
  attempt: 1,
  firstAttempt: 1,
  wait: 2,
};
const LAST = QUEUES.fetch.maxDeliveryCount;

/** Delivers a body once and tells all that became of it. */
async function deliver(
  delivery: { body?: unknown; count?: unknown; sessionId?: unknown; enqueued?: unknown },
  handle: (m: FetchBatch, sessionId: string) => Promise<Settlement>,
  lastDelivery: Consumer<FetchBatch>['lastDelivery'] = () => Promise.resolve(),
) {
  const logs: Record<string, unknown>[] = [];
  const scheduled: { message: Envelope; at: number }[] = [];
  const last: { body: unknown; message: FetchBatch | undefined; error: unknown }[] = [];
  const note = (level: string) => (text: string) =>
    void logs.push({ level, ...(JSON.parse(text) as Record<string, unknown>) });
  const context = {
    info: note('info'),
    warn: note('warn'),
    error: note('error'),
    triggerMetadata: {
      messageId: 'm-1',
      sessionId: delivery.sessionId ?? 'cred-default',
      deliveryCount: delivery.count ?? 1,
      ...(delivery.enqueued !== undefined && { enqueuedTimeUtc: delivery.enqueued }),
    },
  };
  const body = 'body' in delivery ? delivery.body : message;
  const error: unknown = await consume<FetchBatch>(body, context, {
    queue: QUEUES.fetch,
    sender: {
      send: () => Promise.reject(new Error('nothing is to be sent')),
      schedule: async (m, at) => void scheduled.push({ message: m, at: at.getTime() }),
    },
    scale: 1,
    parse: (raw, id) => parseMessage(FetchBatch, raw, id),
    waitingCopy: (m) => ({ copy: fetchEnvelope({ ...m, wait: m.wait + 1 }, 'default'), wait: m.wait }),
    handle: (m, _log, sessionId) => handle(m, sessionId),
    async lastDelivery(raw, m, thrown, log) {
      last.push({ body: raw, message: m, error: thrown });
      await lastDelivery(raw, m, thrown, log);
    },
  }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { error, logs, scheduled, last };
}
/** The entry that every delivery leaves. */
const handled = (result: string, delivery = 1) => ({
  level: 'info',
  message: 'message handled',
  queue: 'fetch',
  messageId: 'm-1',
  runId: message.runId,
  delivery,
  waited: expect.any(Number) as unknown,
  seconds: expect.any(Number) as unknown,
  result,
});
const die = (error: Error) => () => Promise.reject(error);

describe('a delivery', () => {
  it('is parsed, handled in its session and completed', async () => {
    const seen: unknown[] = [];
    const result = await deliver({}, async (m, sessionId) => {
      seen.push(m, sessionId);
      return complete;
    });
    expect(seen).toEqual([message, 'cred-default']);
    expect(result).toEqual({ error: undefined, logs: [handled('completed')], scheduled: [], last: [] });
  });

  it('has its session as text, though hosts parse digits as a number', async () => {
    let session: unknown;
    await deliver({ sessionId: 42 }, async (_m, s) => {
      session = s;
      return complete;
    });
    expect(session).toBe('42');
  });

  it.each([
    ['is counted from when it was put into the queue, or was due', -3_000, 3],
    ['is never less than nothing, whatever the clocks say', 60_000, 0],
  ])('says how long it waited: that %s', async (_, fromNow, least) => {
    const enqueued = new Date(Date.now() + fromNow).toISOString();
    const { logs } = await deliver({ enqueued }, async () => complete);
    const { waited } = logs[0] as { waited: number };
    expect(waited).toBeGreaterThanOrEqual(least);
    expect(waited).toBeLessThan(least + 60);
  });

  it('that says nothing of its time waited for nothing', async () => {
    const { logs } = await deliver({ enqueued: 42 }, async () => complete);
    expect(logs).toMatchObject([{ waited: 0 }]);
  });

  it('that meets an outage becomes a scheduled copy with wait + 1, and is completed', async () => {
    const before = Date.now();
    const away = Object.assign(new Error('Cosmos is away'), { code: 503 });
    const { error, scheduled, logs, last } = await deliver({ count: LAST }, die(away));
    expect(error).toBeUndefined();
    expect(last).toEqual([]);
    expect(scheduled.map((s) => s.message)).toEqual([fetchEnvelope({ ...message, wait: 3 }, 'default')]);
    expect(scheduled[0]!.at).toBeGreaterThanOrEqual(before + 8_000);
    expect(logs).toEqual([
      {
        level: 'info',
        message: 'waiting',
        credential: 'default',
        runId: message.runId,
        queue: 'fetch',
        messageId: 'm-1',
        reason: 'outage: Cosmos is away',
        until: expect.any(String),
        seconds: 8,
      },
      handled('copied', LAST),
    ]);
  });

  it('that meets the unforeseen is thrown back to the queue and logged', async () => {
    const bug = new TypeError('a bug');
    const { error, logs, scheduled } = await deliver({ count: 3 }, die(bug));
    expect(error).toBe(bug);
    expect(scheduled).toEqual([]);
    expect(logs).toMatchObject([
      {
        level: 'error',
        message: 'handler failed',
        messageId: 'm-1',
        deliveryCount: 3,
        queue: 'fetch',
        runId: message.runId,
        error: 'a bug',
        errorName: 'TypeError',
      },
      handled('thrown', 3),
    ]);
  });

  it('that cannot be understood says so in the log, and is thrown', async () => {
    const { error, logs } = await deliver({ body: { runId: 'x' } }, async () => complete);
    expect(error).toBeInstanceOf(UnreadableMessage);
    expect(logs).toMatchObject([
      { message: 'message cannot be understood', errorCode: 'unreadable-message' },
      { message: 'message handled', result: 'thrown' },
    ]);
    expect(logs[1]).not.toHaveProperty('runId');
    expect(logs[0]!.error).toMatch(/m-1.*runId/);
  });
});

describe('the last delivery', () => {
  it('settles what the message was about, before the queue dead-letters it', async () => {
    const bug = new TypeError('a bug');
    const { error, last } = await deliver({ count: LAST }, die(bug));
    expect(last).toEqual([{ body: message, message, error: bug }]);
    expect(error).toBe(bug);
  });

  it('comes with the body alone when that could not be read', async () => {
    const body = { runId: 'x' };
    const { last } = await deliver({ body, count: String(LAST) }, async () => complete);
    expect(last).toMatchObject([{ body, message: undefined }]);
  });

  it.each([1, 2, LAST - 1])('is not delivery %d', async (count) => {
    const { error, last } = await deliver({ count }, die(new Error('a bug')));
    expect(error).toBeDefined();
    expect(last).toEqual([]);
  });

  it('is not the one that completes', async () => {
    const { last } = await deliver({ count: LAST }, async () => complete);
    expect(last).toEqual([]);
  });

  it('throws the error of the handler even when nothing could be settled', async () => {
    const bug = new TypeError('a bug');
    const { error, logs } = await deliver({ count: LAST }, die(bug), die(new Error('Cosmos is away')));
    expect(error).toBe(bug);
    expect(logs.map((l) => l.message)).toEqual([
      'handler failed',
      'the outcome of a dead letter could not be written; the sweep will',
      'message handled',
    ]);
  });
});
