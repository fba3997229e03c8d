import { expect, test } from 'vitest';
import { CallLog, type CallEnd } from './call-log.ts';

const done: CallEnd = { reply: 200, points: 1, seconds: 2, timedOut: false };
const stats = { kind: 'stats', repositories: 25 } as const;
const listing = { kind: 'listing', repositories: 0 } as const;

test('time in flight can be computed, per kind and for both', () => {
  const log = new CallLog();
  log.begin('a', stats, 1000)(done, 3000);
  const end = log.begin('a', listing, 3000);
  log.begin('a', stats, 3100)({ ...done, reply: 502, timedOut: true }, 5000);
  end({ ...done, seconds: 0.5 }, 3200);
  const { a } = log.report().tokens;
  expect(a?.byKind.stats).toEqual({
    repositories: 50,
    serverSeconds: 4,
    timeouts: 1,
    answeringSeconds: 3.9,
    firstAt: 1000,
    lastEndedAt: 5000,
  });
  expect(a?.byKind.listing).toMatchObject({ repositories: 0, answeringSeconds: 0.2, firstAt: 3000 });
  expect(a).toMatchObject({ calls: { stats: 2, listing: 1 }, repositories: 50, timeouts: 1, firstAt: 1000 });
  expect(a?.serverSeconds).toBe(4.5);
  expect(a?.answeringSeconds).toBeCloseTo(4.1);
});

test('a call is late when it begins more than a second after the refusal was sent, while the limit stands', () => {
  const log = new CallLog();
  const counts = () => {
    const { callsWhileLimited, callsLateWhileLimited } = log.report().tokens.a ?? {};
    return [callsWhileLimited, callsLateWhileLimited];
  };
  const refuse = log.begin('a', stats, 0);
  log.begin('a', stats, 4000);
  // Announced when it is sent, at 5 s, for a minute from then.
  refuse({ ...done, reply: 403, limitedUntil: 65_000 }, 5000);
  expect(counts()).toEqual([0, 0]);
  log.begin('a', listing, 6000);
  expect(counts()).toEqual([1, 0]);
  // A second refusal makes the wait longer, not the excuse.
  log.begin('a', stats, 6001)({ ...done, reply: 403, limitedUntil: 70_000 }, 6002);
  expect(counts()).toEqual([2, 1]);
  log.begin('a', stats, 69_999);
  log.begin('a', stats, 70_000);
  expect(counts()).toEqual([3, 2]);
  log.begin('a', stats, 70_001)({ ...done, reply: 403, limitedUntil: 90_000 }, 70_002);
  log.begin('a', stats, 70_900);
  expect(counts()).toEqual([4, 2]);
});

test('a refusal that never left announced nothing', () => {
  const log = new CallLog();
  log.begin('a', stats, 0)({ ...done, reply: 'broken', limitedUntil: 60_000 }, 1);
  log.begin('a', stats, 10_000);
  expect(log.report().tokens.a?.callsWhileLimited).toBe(0);
});
