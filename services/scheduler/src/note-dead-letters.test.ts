import type { DeadLettersSeen } from '@github-repo-stats/shared/shown-letter';
import { DeadLettersSeen as Schema } from '@github-repo-stats/shared/shown-letter';
import Long from 'long';
import { expect, it } from 'vitest';
import type { DeadLetter } from './letter-box.ts';
import { noteDeadLetters, type NoteDeps } from './note-dead-letters.ts';

const letter = (n: number): DeadLetter => ({
  sequenceNumber: String(n),
  after: Long.fromNumber(n + 1),
  messageId: `m${n}`,
  enqueuedAt: '2021-01-20T07:00:00.000Z',
  body: 'no json at all',
  reason: 'MaxDeliveryCountExceeded',
});

function world() {
  const w = {
    letters: [] as DeadLetter[],
    seen: undefined as DeadLettersSeen | undefined,
    writes: 0,
    now: new Date('2021-01-20T08:00:00.000Z'),
  };
  const deps: NoteDeps = {
    queues: ['resolve', 'fetch', 'write'],
    peek: (queue) => Promise.resolve(queue === 'write' ? w.letters : []),
    read: () => Promise.resolve(w.seen),
    write: (seen) => Promise.resolve(void ((w.seen = Schema.parse(seen)), w.writes++)),
    now: () => w.now,
  };
  return Object.assign(w, { deps });
}

it('notes how many lie in each queue, the oldest of them with what is wrong', async () => {
  const w = world();
  w.letters = Array.from({ length: 30 }, (_, i) => letter(i));
  await noteDeadLetters(w.deps);
  const [resolve, , write] = w.seen!.queues;
  expect(resolve).toEqual({ queue: 'resolve', count: 0, oldestAt: null, letters: [] });
  expect(write).toMatchObject({ queue: 'write', count: 30, oldestAt: '2021-01-20T07:00:00.000Z' });
  expect(write!.letters).toHaveLength(20);
  expect(write!.letters[0]).toMatchObject({ messageId: 'm0', problem: expect.any(String) as string });
});

it('writes when something changed, and now and then so that it is known to be of late', async () => {
  const w = world();
  await noteDeadLetters(w.deps);
  w.now = new Date(w.now.getTime() + 60_000);
  await noteDeadLetters(w.deps);
  expect(w.writes).toBe(1);
  w.letters = [letter(1)];
  await noteDeadLetters(w.deps);
  expect(w.writes).toBe(2);
  w.now = new Date(w.now.getTime() + 300_000);
  await noteDeadLetters(w.deps);
  expect(w.writes).toBe(3);
  expect(w.seen?.seenAt).toBe(w.now.toISOString());
});
