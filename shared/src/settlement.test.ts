import { describe, expect, it } from 'vitest';
import { FUNCTION_TIMEOUT_SECONDS, SHARE_SECONDS } from './host-settings.ts';
import { fetchEnvelope, type Envelope } from './messages.ts';
import { again, complete, isOutage, outageDelayMs, settle, type Settlement } from './settlement.ts';

const copy = fetchEnvelope(
  {
    runId: '1611127298',
    batchId: 'b-s00001-00001-1',
    repos: [{ nameWithOwner: 'a/b' }],
    attempt: 1,
    firstAttempt: 1,
    wait: 4,
  },
  'default',
);

async function settling(handler: () => Promise<Settlement>, scale = 1) {
  const scheduled: { message: Envelope; at: number }[] = [];
  const said: { why: string; delayMs: number }[] = [];
  await settle(
    {
      send: () => Promise.reject(new Error('nothing is to be sent')),
      schedule: async (message, at) => void scheduled.push({ message, at: at.getTime() }),
    },
    () => ({ copy, wait: 3 }),
    handler,
    { now: () => 1_000_000, scale, onAgain: (s) => said.push(s) },
  );
  return { scheduled, said };
}
const outage = (fields: object): Error => Object.assign(new Error('away'), fields);

describe('a handler', () => {
  it('that completes leaves nothing behind', async () => {
    expect(await settling(async () => complete)).toEqual({ scheduled: [], said: [] });
  });

  it('that comes again is scheduled as its copy, after its delay', async () => {
    const { scheduled, said } = await settling(async () => again(copy, 2_500, 'GitHub limit'));
    expect(scheduled).toEqual([{ message: copy, at: 1_002_500 }]);
    expect(said).toMatchObject([{ why: 'GitHub limit', delayMs: 2_500 }]);
  });

  it('that meets an outage comes again as a copy with the delay of its waits so far', async () => {
    const { scheduled, said } = await settling(() => Promise.reject(outage({ code: 503 })));
    expect(scheduled).toEqual([{ message: copy, at: 1_000_000 + 16_000 }]);
    expect(said[0]?.why).toBe('outage: away');
  });

  it('waits for an outage by the scale of durations', async () => {
    const { scheduled } = await settling(() => Promise.reject(outage({ code: 503 })), 0.01);
    expect(scheduled[0]?.at).toBe(1_000_160);
  });

  it('that meets the unforeseen throws it, and schedules nothing', async () => {
    const bug = new TypeError('a bug');
    await expect(settling(() => Promise.reject(bug))).rejects.toBe(bug);
  });

  it('whose copy cannot be scheduled throws, so that the message comes back', async () => {
    const broken = { send: () => Promise.resolve(), schedule: () => Promise.reject(new Error('no broker')) };
    const options = { now: Date.now, scale: 1 };
    await expect(
      settle(
        broken,
        () => ({ copy, wait: 0 }),
        async () => again(copy, 1, 'x'),
        options,
      ),
    ).rejects.toThrow('no broker');
  });

  /** Of a copy that is refused so many times; how long it waited in place, in ms. */
  async function refused(
    times: number,
    scale = 1,
  ): Promise<{ scheduled: number; waited: number; error?: unknown }> {
    let [left, scheduled, waited] = [times, 0, 0];
    const sender = {
      send: () => Promise.resolve(),
      schedule: () =>
        left-- > 0 ? Promise.reject(outage({ code: 'ServiceBusy' })) : Promise.resolve(void scheduled++),
    };
    const sleep = (ms: number) => Promise.resolve(void (waited += ms));
    const options = { now: Date.now, scale, sleep };
    const error: unknown = await settle(
      sender,
      () => ({ copy, wait: 0 }),
      async () => again(copy, 1, 'x'),
      options,
    ).catch((thrown: unknown) => thrown);
    return { scheduled, waited, ...(error !== undefined && { error }) };
  }

  it('whose copy a busy broker refuses waits in place until it is taken', async () => {
    expect(await refused(3)).toEqual({ scheduled: 1, waited: 2_000 + 4_000 + 8_000 });
    expect(await refused(3, 0.01)).toEqual({ scheduled: 1, waited: 140 });
  });

  it('whose copy is refused for minutes throws in the end, long before the host would end it', async () => {
    const { scheduled, waited, error } = await refused(1_000);
    expect({ scheduled, error }).toMatchObject({ scheduled: 0, error: { code: 'ServiceBusy' } });
    expect(waited).toBeGreaterThanOrEqual(240_000);
    expect(waited).toBeLessThan((FUNCTION_TIMEOUT_SECONDS - SHARE_SECONDS) * 1000);
  });
});

describe('an outage', () => {
  it.each([
    { code: 401 },
    { code: 403 },
    { code: 404 },
    { code: 408 },
    { code: 410 },
    { code: 429 },
    { code: 449 },
    { code: 500 },
    { statusCode: 503 },
    { code: 'ECONNREFUSED' },
    { code: 'ECONNRESET' },
    { code: 'ENOTFOUND' },
    { code: 'UND_ERR_SOCKET' },
    { code: 'REQUEST_SEND_ERROR' },
    { code: 'ServiceBusy' },
    { code: 'ServiceCommunicationProblem' },
    { code: 'MessagingEntityNotFound' },
    { name: 'TimeoutError' },
    { cause: { cause: { code: 'ETIMEDOUT' } } },
  ])('is %j', (fields) => expect(isOutage(outage(fields))).toBe(true));

  it.each([{ code: 400 }, { code: 409 }, { code: 412 }, { code: 413 }, { code: 'EBADF' }, {}])(
    'is not %j',
    (fields) => expect(isOutage(outage(fields))).toBe(false),
  );

  it.each([undefined, null, 'ECONNREFUSED', 503])('is not the bare value %j', (value) =>
    expect(isOutage(value)).toBe(false),
  );

  it('is waited for longer each time, up to two minutes', () => {
    expect([0, 1, 2, 5, 6, 1_000_000].map(outageDelayMs)).toEqual([
      2_000, 4_000, 8_000, 64_000, 120_000, 120_000,
    ]);
  });
});
