import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Pace } from '../pace.ts';
import { CallGate, type CallKind, type GateResult } from './gate.ts';
import type { PaceStore } from './pace-store.ts';
import type { GithubReply } from './reply.ts';

const ID = 'cred-default';
const START = Date.parse('2026-11-20T12:00:00Z');
const ok: GithubReply = { kind: 'data', data: {}, errors: [], points: 1, seconds: 0.5 };
const limited = (seconds: number, limit: 'primary' | 'secondary' = 'secondary'): GithubReply => ({
  kind: 'limited',
  limit,
  waitMs: seconds * 1000,
  detail: 'HTTP 403',
  points: 0,
  seconds: 0.1,
});
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const clock = { now: () => Date.now(), monotonic: () => performance.now(), sleep: pause };

/** The pace document of one credential with its etag, as every gate sees it; `latency` passes before and after each write. */
class Document implements PaceStore {
  pace: Pace | undefined;
  version = 0;
  reads = 0;
  writes = 0;
  latency: () => number = () => 0;

  async read(): Promise<{ document: Pace; etag: string } | undefined> {
    this.reads++;
    await this.#pass();
    const found = this.pace && { document: structuredClone(this.pace), etag: String(this.version) };
    await this.#pass();
    return found;
  }
  async create(pace: Pace): Promise<boolean> {
    await this.#pass();
    if (this.pace) return false;
    this.#put(pace);
    return true;
  }
  async replace(pace: Pace, etag: string): Promise<string | undefined> {
    this.writes++;
    await this.#pass();
    const won = etag === String(this.version);
    if (won) this.#put(pace);
    const now = String(this.version);
    await this.#pass();
    return won ? now : undefined;
  }
  /** Written by an instance that is not under test. */
  write(change: (pace: Pace) => void): void {
    const pace: Pace = this.pace ?? { id: ID, grants: {} };
    change(pace);
    this.#put(pace);
  }
  #put(pace: Pace): void {
    this.pace = structuredClone(pace);
    this.version++;
  }
  async #pass(): Promise<void> {
    const ms = this.latency();
    if (ms > 0) await pause(ms);
  }
}

let store: Document;
const gateOn = (document: Document): CallGate => new CallGate({ id: ID, store: document, clock, scale: 1 });
const foreign = (grantId: string, released = false) => ({ holder: 'another instance', grantId, released });

beforeEach(() => {
  vi.useFakeTimers({ now: START, toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
  store = new Document();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A process with its gate; once killed, nothing that it asks of the document is answered. */
function instanceOn(document: Document) {
  let die = (): void => undefined;
  let alive = true;
  const dead = new Promise<void>((resolve) => (die = resolve));
  const never = new Promise<never>(() => undefined);
  const store: PaceStore = {
    read: () => (alive ? document.read() : never),
    create: (pace) => (alive ? document.create(pace) : never),
    replace: (pace, etag) => (alive ? document.replace(pace, etag) : never),
  };
  const kill = (): void => {
    alive = false;
    die();
  };
  return { gate: new CallGate({ id: ID, store, clock, scale: 1 }), dead, kill };
}

/** Follows a call: when, after now, it was sent and it ended, in ms. */
function follow(gate: CallGate, kind: CallKind = 'stats', reply: GithubReply = ok, takes = 0) {
  const started = performance.now();
  const seen: { sentAt?: number; endedAt?: number; result?: GateResult } = {};
  const done = gate
    .call(kind, async () => {
      seen.sentAt = performance.now() - started;
      await pause(takes);
      return reply;
    })
    .then((result) => {
      seen.endedAt = performance.now() - started;
      seen.result = result;
    });
  return { seen, done };
}
async function ended(call: ReturnType<typeof follow>): Promise<(typeof call)['seen']> {
  let over = false;
  const finish = call.done.finally(() => (over = true));
  // Bounded, so that a call that never ends is a failure and not a hanging test.
  for (let i = 0; i < 1_000 && !over; i++) await vi.advanceTimersToNextTimerAsync();
  if (!over) throw new Error('the call did not end');
  await finish;
  return call.seen;
}
const passes = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('a grant', () => {
  it('stands in the document before the call is sent', async () => {
    const grants: unknown[] = [];
    const gate = gateOn(store);
    await gate.call('stats', async () => {
      grants.push(store.pace?.grants.stats);
      return ok;
    });
    expect(grants).toEqual([{ holder: expect.any(String), grantId: expect.any(String), released: false }]);
  });

  it('costs one write per call and no read after the first', async () => {
    const gate = gateOn(store);
    await gate.call('stats', async () => ok);
    const { reads, writes } = store;
    const ids = new Set<string | undefined>();
    for (let i = 0; i < 5; i++)
      await gate.call('stats', async () => {
        ids.add(store.pace?.grants.stats?.grantId);
        return ok;
      });
    expect(store.writes - writes).toBe(5);
    expect(store.reads).toBe(reads);
    expect(ids.size).toBe(5);
  });

  it('is dropped when its writing took more than a second, and another is asked for', async () => {
    const gate = gateOn(store);
    await gate.call('stats', async () => ok);
    const latencies = [600, 600, 10, 10];
    store.latency = () => latencies.shift() ?? 0;
    const before = store.writes;
    const started = performance.now();
    const sent: [writes: number, at: number][] = [];
    const call = gate.call('stats', async () => {
      sent.push([store.writes - before, performance.now() - started]);
      return ok;
    });
    await passes(1_500);
    await call;
    expect(sent).toEqual([[2, 1_220]]);
  });

  it('gives way to another one when connecting took a second, before anything is sent', async () => {
    const gate = gateOn(store);
    const grants: (string | undefined)[] = [];
    const started = performance.now();
    const connectingFor = (ms: number) =>
      gate.call('stats', async (_signal, _pace, mayStart) => {
        grants.push(store.pace?.grants.stats?.grantId);
        await pause(ms);
        expect(await mayStart()).toBe(true);
        grants.push(store.pace?.grants.stats?.grantId);
        return ok;
      });
    const calls = [connectingFor(999), connectingFor(1_000)];
    await passes(2_000);
    expect(await Promise.all(calls)).toMatchObject([
      { kind: 'sent', calls: 1 },
      { kind: 'sent', calls: 1 },
    ]);
    expect(performance.now() - started).toBe(2_000);
    expect(grants[0]).toBe(grants[1]);
    expect(grants[2]).not.toBe(grants[3]);
  });

  it('that another instance replaced meanwhile is not renewed, and nothing is sent', async () => {
    const gate = gateOn(store);
    const said: boolean[] = [];
    const call = gate.call('stats', async (_signal, _pace, mayStart) => {
      await pause(1_000);
      if (said.length === 0) store.write((pace) => (pace.grants.stats = foreign('g1', true)));
      said.push(await mayStart());
      return ok;
    });
    await passes(2_000);
    expect(await call).toMatchObject({ kind: 'sent', calls: 1 });
    expect(said).toEqual([false, true]);
  });

  it('is not renewed while GitHub says wait', async () => {
    const gate = gateOn(store);
    const sent = vi.fn<() => void>();
    const call = gate.call('stats', async (_signal, _pace, mayStart) => {
      await pause(1_000);
      store.write((pace) =>
        Object.assign(pace, { notBefore: new Date(START + 60_000).toISOString(), reason: 'primary' }),
      );
      if (await mayStart()) sent();
      return ok;
    });
    await passes(1_000);
    expect(await call).toMatchObject({ kind: 'wait', reason: 'primary' });
    expect(sent).not.toHaveBeenCalled();
  });

  it('that cannot be used in time becomes a wait, and is given back', async () => {
    const gate = gateOn(store);
    const call = gate.call('stats', async (_signal, _pace, mayStart) => {
      store.latency = () => 600;
      await pause(1_000);
      expect(await mayStart()).toBe(false);
      store.latency = () => 0;
      return ok;
    });
    await passes(60_000);
    expect(await call).toMatchObject({
      kind: 'wait',
      waitMs: 1_000,
      reason: expect.stringContaining('in time'),
    });
    await passes(2_000);
    expect(store.pace?.grants.stats?.released).toBe(true);
  });

  it('is written over a conflict by reading again', async () => {
    const gate = gateOn(store);
    await gate.call('stats', async () => ok);
    store.write((pace) => (pace.grants.listing = foreign('g1')));
    const result = await gate.call('stats', async () => ok);
    expect(result.kind).toBe('sent');
    expect(store.pace?.grants.listing).toEqual(foreign('g1'));
  });

  it('is waited for when others win every time', async () => {
    store.write(() => undefined);
    const contended: PaceStore = {
      read: () => store.read(),
      create: () => Promise.resolve(false),
      replace: () => Promise.resolve(undefined),
    };
    const gate = new CallGate({ id: ID, store: contended, clock, scale: 1 });
    const sent = vi.fn<() => Promise<GithubReply>>(async () => ok);
    const call = gate.call('stats', sent);
    await passes(1_000);
    expect(await call).toMatchObject({ kind: 'wait', waitMs: 1_000 });
    expect(sent).not.toHaveBeenCalled();
  });

  it('that cannot be written sends nothing', async () => {
    const broken: PaceStore = {
      read: () => store.read(),
      create: (pace) => store.create(pace),
      replace: () => Promise.reject(Object.assign(new Error('away'), { code: 503 })),
    };
    const sent = vi.fn<() => Promise<GithubReply>>(async () => ok);
    const gate = new CallGate({ id: ID, store: broken, clock, scale: 1 });
    await expect(gate.call('stats', sent)).rejects.toThrow('away');
    expect(sent).not.toHaveBeenCalled();
  });
});

describe('a grant of another instance', () => {
  it('is waited out for 20 seconds in which it does not change', async () => {
    store.write((pace) => (pace.grants.stats = foreign('g1')));
    const { sentAt } = await ended(follow(gateOn(store)));
    expect(sentAt).toBeGreaterThanOrEqual(20_000);
    expect(sentAt).toBeLessThan(21_500);
  });

  it('is waited for anew whenever it changes', async () => {
    store.write((pace) => (pace.grants.stats = foreign('g1')));
    const call = follow(gateOn(store));
    await passes(15_000);
    store.write((pace) => (pace.grants.stats = foreign('g2')));
    await passes(6_999);
    expect(call.seen).toEqual({});
    await passes(1);
    const reason = 'another instance holds the grant';
    expect(call.seen).toEqual({
      endedAt: 22_000,
      result: { kind: 'wait', waitMs: 14_000, reason },
    });
  });

  it('is measured on after a wait, so that a dead holder is replaced in the end', async () => {
    store.write((pace) => (pace.grants.stats = foreign('g1')));
    const gate = gateOn(store);
    const first = follow(gate);
    await passes(15_000);
    store.write((pace) => (pace.grants.stats = foreign('g2')));
    const { result } = await ended(first);
    expect(result).toMatchObject({ kind: 'wait' });
    await passes((result as Extract<GateResult, { kind: 'wait' }>).waitMs);
    expect((await ended(follow(gate))).sentAt).toBeLessThan(1_500);
  });

  it('that changed behind our back is not taken for the one that was watched', async () => {
    store.write((pace) => (pace.grants.stats = foreign('g1')));
    const gate = gateOn(store);
    const first = follow(gate);
    await passes(15_000);
    store.write((pace) => (pace.grants.stats = foreign('g2')));
    await ended(first);
    await passes(60_000);
    store.write((pace) => (pace.grants.stats = foreign('g3')));
    const { sentAt } = await ended(follow(gate));
    expect(sentAt).toBeGreaterThanOrEqual(20_000);
  });

  it('that was given back is taken at once', async () => {
    store.write((pace) => (pace.grants.stats = foreign('g1', true)));
    expect((await ended(follow(gateOn(store)))).sentAt).toBe(0);
  });

  it('is taken when it is given back while we wait', async () => {
    store.write((pace) => (pace.grants.stats = foreign('g1')));
    const call = follow(gateOn(store));
    await passes(5_500);
    store.write((pace) => (pace.grants.stats = foreign('g1', true)));
    expect((await ended(call)).sentAt).toBeLessThanOrEqual(6_500);
  });

  it('of the other kind does not matter', async () => {
    store.write((pace) => (pace.grants.listing = foreign('g1')));
    expect((await ended(follow(gateOn(store)))).sentAt).toBe(0);
  });
});

describe('a grant is given back', () => {
  it('two seconds after the last call', async () => {
    const gate = gateOn(store);
    await gate.call('stats', async () => ok);
    await passes(1_999);
    expect(store.pace?.grants.stats?.released).toBe(false);
    await passes(1);
    expect(store.pace?.grants.stats?.released).toBe(true);
  });

  it('at the end of the process, after the last call has ended, both kinds', async () => {
    const gate = gateOn(store);
    const calls = [follow(gate, 'stats', ok, 3_000), follow(gate, 'listing', ok, 1_000)];
    await passes(10);
    const release = gate.release();
    await passes(2_000);
    expect(store.pace?.grants.stats?.released).toBe(false);
    await passes(1_000);
    await release;
    expect(calls.map((c) => c.seen.result?.kind)).toEqual(['sent', 'sent']);
    expect(store.pace?.grants).toMatchObject({ stats: { released: true }, listing: { released: true } });
  });

  it('never while a call is in flight, though the next call begins just as the idle time ends', async () => {
    const gate = gateOn(store);
    await gate.call('stats', async () => ok);
    // The giving back is on its way when the call begins, and arrives after the grant of the call.
    const latencies = [500];
    store.latency = () => latencies.shift() ?? 0;
    await passes(2_000);
    const call = follow(gate, 'stats', ok, 5_000);
    const during: (boolean | undefined)[] = [];
    for (let i = 0; i < 40; i++) {
      await passes(100);
      if (call.seen.sentAt !== undefined) during.push(store.pace?.grants.stats?.released);
    }
    expect(during.length).toBeGreaterThan(30);
    expect(new Set(during)).toEqual(new Set([false]));
    await ended(call);
  });

  it("never when it is another instance's", async () => {
    const gate = gateOn(store);
    await gate.call('stats', async () => ok);
    store.write((pace) => (pace.grants.stats = foreign('g1')));
    await passes(5_000);
    await gate.release();
    expect(store.pace?.grants.stats).toEqual(foreign('g1'));
  });

  it('by nobody who never held one', async () => {
    await gateOn(store).release();
    expect(store.writes).toBe(0);
  });
});

describe('a limit that GitHub announced', () => {
  it('is kept for all, and nothing is sent before its end', async () => {
    const gate = gateOn(store);
    expect(await gate.call('stats', async () => limited(60))).toMatchObject({ kind: 'sent' });
    expect(store.pace).toMatchObject({ notBefore: '2026-11-20T12:01:00.000Z', reason: 'secondary' });
    for (const [who, kind] of [
      [gate, 'stats'],
      [gate, 'listing'],
      [gateOn(store), 'listing'],
    ] as const) {
      const { seen } = follow(who, kind);
      await passes(0);
      expect(seen).toMatchObject({ result: { kind: 'wait', waitMs: 60_000, reason: 'secondary' } });
      expect(seen.sentAt).toBeUndefined();
    }
  });

  it('is over when its time has come, and leaves the document', async () => {
    const gate = gateOn(store);
    await gate.call('stats', async () => limited(60));
    await passes(54_999);
    expect(await gate.call('stats', async () => ok)).toMatchObject({ kind: 'wait', waitMs: 5_001 });
    await passes(5_001);
    expect((await ended(follow(gate))).result?.kind).toBe('sent');
    expect(store.pace).not.toHaveProperty('notBefore');
    expect(store.pace).not.toHaveProperty('reason');
  });

  it('does not keep the last grant for good', async () => {
    const gate = gateOn(store);
    await gate.call('stats', async () => limited(60));
    await passes(1_000);
    expect(await gate.call('stats', async () => ok)).toMatchObject({ kind: 'wait' });
    await passes(2_000);
    expect(store.pace?.grants.stats?.released).toBe(true);
  });

  it('is slept through in place when little is left of it', async () => {
    const gate = gateOn(store);
    await gate.call('stats', async () => limited(5));
    const { sentAt, result } = await ended(follow(gate));
    expect([sentAt, result?.kind]).toEqual([5_000, 'sent']);
  });

  it('is learned by an instance that had the document read before', async () => {
    const [a, b] = [gateOn(store), gateOn(store)];
    await b.call('listing', async () => ok);
    await a.call('stats', async () => limited(60));
    const sent = vi.fn<() => Promise<GithubReply>>(async () => ok);
    expect(await b.call('listing', sent)).toMatchObject({ kind: 'wait', waitMs: 60_000 });
    expect(sent).not.toHaveBeenCalled();
  });

  it('is obeyed by the process that was told, though the document cannot be written', async () => {
    let away = false;
    const fragile: PaceStore = {
      read: () => store.read(),
      create: (pace) => store.create(pace),
      replace: (pace, etag) => (away ? Promise.reject(new Error('away')) : store.replace(pace, etag)),
    };
    const gate = new CallGate({ id: ID, store: fragile, clock, scale: 1 });
    const told = await gate.call('stats', async () => {
      away = true;
      return limited(60);
    });
    expect(told.kind).toBe('sent');
    away = false;
    expect(await gate.call('listing', async () => ok)).toMatchObject({ kind: 'wait', waitMs: 60_000 });
  });

  it.each([600_000, -600_000])(
    'lasts as long as it was told when the wall clock jumps by %i ms',
    async (jump) => {
      const gate = gateOn(store);
      await gate.call('stats', () => Promise.resolve(limited(30)));
      vi.setSystemTime(Date.now() + jump);
      const early = vi.fn<() => Promise<GithubReply>>(() => Promise.resolve(ok));
      const wait = await gate.call('stats', early);
      expect([early.mock.calls.length, wait]).toEqual([
        0,
        expect.objectContaining({ kind: 'wait', waitMs: 30_000 }),
      ]);
    },
  );

  it('is not shortened by a shorter one', async () => {
    const gate = gateOn(store);
    const calls = [
      follow(gate, 'stats', limited(1800, 'primary'), 100),
      follow(gate, 'listing', limited(60), 200),
    ];
    for (const call of calls) await ended(call);
    expect(store.pace?.notBefore).toBe('2026-11-20T12:30:00.100Z');
    expect(await gate.call('stats', async () => ok)).toMatchObject({
      kind: 'wait',
      waitMs: 1_799_900,
      reason: 'primary',
    });
  });
});

describe('the pace', () => {
  const learned = { size: 10, hold: 0, halved: false, repositories: 10, seconds: 2, calls: 1 };
  const learn = (pace: Readonly<Pace>): Partial<Pace> => ({
    learned: { ...learned, size: (pace.learned?.size ?? 0) + 10 },
  });

  it('is what the caller learned from an answer, written with the next grant', async () => {
    const gate = gateOn(store);
    await gate.call('stats', async () => ok, { learn });
    expect(store.pace).not.toHaveProperty('learned');
    await gate.call('listing', async () => ok);
    expect(store.pace?.learned?.size).toBe(10);
    let told: unknown;
    await gate.call('stats', async (_signal, pace) => ((told = pace.learned), ok), { learn });
    expect(told).toEqual(learned);
    await gate.release();
    expect(store.pace?.learned?.size).toBe(20);
  });

  it('is not lost when another instance wrote meanwhile', async () => {
    const gate = gateOn(store);
    await gate.call('stats', async () => ok, { learn });
    store.write((pace) => (pace.listingSeconds = 3));
    await gate.call('stats', async () => ok);
    expect(store.pace).toMatchObject({ learned, listingSeconds: 3 });
  });

  it('is told to whoever has to wait, and to the next instance', async () => {
    const gate = gateOn(store);
    await gate.call('stats', async () => limited(60), { learn });
    expect(await gate.call('stats', async () => ok)).toMatchObject({ waitMs: 60_000, learned });
    await gate.release();
    await passes(60_000);
    let told: unknown;
    await gateOn(store).call('stats', async (_signal, pace) => ((told = pace.learned), ok));
    expect(told).toEqual(learned);
  });
});

describe('a credential that GitHub refuses', () => {
  const refused: GithubReply = {
    kind: 'refused',
    reason: 'credentials',
    detail: 'HTTP 401: Bad credentials',
    points: 0,
    seconds: 0.1,
  };
  const answers = (...replies: GithubReply[]) => {
    const sent = vi.fn<() => Promise<GithubReply>>(async () => replies.shift() ?? ok);
    return sent;
  };

  it('is asked with once more, since a good one is refused now and then', async () => {
    const sent = answers(refused, ok);
    const call = gateOn(store).call('stats', sent);
    await passes(1_000);
    expect(await call).toEqual({ kind: 'sent', reply: ok, calls: 2 });
    expect(store.pace).not.toHaveProperty('refusedUntil');
  });

  it('is left alone by every instance for ten minutes once it was refused twice', async () => {
    const sent = answers(refused, refused);
    const gate = gateOn(store);
    const call = gate.call('stats', sent);
    await passes(1_000);
    expect(await call).toEqual({ kind: 'sent', reply: refused, calls: 2 });
    const until = new Date(START + 601_000).toISOString();
    const [other, fresh] = [gateOn(store), gateOn(store)];
    // Whoever has asked before takes the word of the one that was refused.
    await other.call('listing', answers());
    store.write((pace) => (pace.refusedUntil = until));
    for (const each of [gate, other])
      expect(await each.call('listing', sent)).toEqual({ kind: 'refused', until });
    expect(sent).toHaveBeenCalledTimes(2);
    // Who has not may hold a better credential of that name.
    await passes(2_000);
    expect(await fresh.call('listing', answers(ok))).toMatchObject({ kind: 'sent' });
    await passes(600_000);
    expect(await gate.call('stats', sent)).toMatchObject({ kind: 'sent', reply: ok });
    expect(store.pace).not.toHaveProperty('refusedUntil');
  });
});

describe('calls', () => {
  it('of one kind in one process come one after the other, also after one that failed', async () => {
    const gate = gateOn(store);
    const first = gate.call('stats', () => Promise.reject(new Error('a bug')));
    const calls = [follow(gate, 'stats', ok, 100), follow(gate, 'stats', ok, 100)];
    await expect(first).rejects.toThrow('a bug');
    for (const call of calls) await ended(call);
    expect(calls.map((c) => [c.seen.sentAt, c.seen.endedAt])).toEqual([
      [0, 100],
      [100, 200],
    ]);
  });

  it('of different kinds run side by side', async () => {
    const gate = gateOn(store);
    const calls = [follow(gate, 'stats', ok, 100), follow(gate, 'listing', ok, 100)];
    for (const call of calls) await ended(call);
    expect(calls.map((c) => c.seen.sentAt)).toEqual([0, 0]);
  });

  it('are given a signal that ends them', async () => {
    const gate = new CallGate({ id: ID, store, clock, scale: 0.001 });
    const aborted = gate.call('stats', async (signal) => {
      vi.useRealTimers();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return { kind: 'timeout', detail: String(signal.aborted), points: 0, seconds: 15 };
    });
    expect(await aborted).toMatchObject({ kind: 'sent', reply: { detail: 'true' } });
  });

  it('of a kind are never two at once, however two instances race, stall, die and come back', async () => {
    const step = fc.record({
      gate: fc.nat(1),
      kind: fc.constantFrom<CallKind>('stats', 'listing'),
      pause: fc.oneof(fc.nat(50), fc.nat(30_000)),
      takes: fc.oneof(fc.nat(500), fc.nat(13_500)),
      limit: fc.option(fc.integer({ min: 1, max: 90 }), { freq: 8 }),
      breaks: fc.boolean(),
      end: fc.constantFrom('none', 'none', 'none', 'released', 'killed'),
    });
    const latencies = fc.array(fc.oneof(fc.nat(20), fc.nat(700)), { minLength: 1, maxLength: 30 });
    let sentInAll = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 12 }), latencies, async (steps, delays) => {
        const document = new Document();
        let n = 0;
        document.latency = () => delays[n++ % delays.length]!;
        const inFlight = { stats: 0, listing: 0 };
        const overlaps: string[] = [];
        const instances = [instanceOn(document), instanceOn(document)];
        const calls: Promise<unknown>[] = [];
        for (const s of steps) {
          const { gate, dead } = instances[s.gate]!;
          const call = gate.call(s.kind, async () => {
            sentInAll++;
            if (++inFlight[s.kind] > 1) overlaps.push(`${s.kind} at ${performance.now()}`);
            // Of a process that died GitHub still answers what it was asked.
            await pause(s.takes);
            inFlight[s.kind]--;
            if (s.breaks) throw new Error('the connection broke');
            return s.limit === null ? ok : limited(s.limit);
          });
          calls.push(Promise.race([call.catch(() => undefined), dead]));
          if (s.end === 'released') calls.push(Promise.race([gate.release(), dead]));
          await passes(s.pause);
          if (s.end === 'killed') {
            instances[s.gate]!.kill();
            instances[s.gate] = instanceOn(document);
          }
        }
        let over = false;
        const all = Promise.all(calls).then(() => (over = true));
        for (let i = 0; i < 200 && !over; i++) await passes(5_000);
        expect(over).toBe(true);
        await all;
        expect(overlaps).toEqual([]);
      }),
      { numRuns: 150 },
    );
    expect(sentInAll).toBeGreaterThan(300);
  });
});
