/** Messages come in the order of their numbers, wherever they were in between. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SequenceQueue } from './sequence-queue.ts';

describe('a sequence queue', () => {
  it('gives the lowest ready number first, whatever was taken, given back or became unready', () => {
    const step = fc.constantFrom('push', 'shift', 'giveBack', 'unready');
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), fc.nat(), (steps, seed) => {
        const queue = new SequenceQueue<{ sequenceNumber: number; ready: boolean }>();
        const waiting: { sequenceNumber: number; ready: boolean }[] = [];
        const taken: typeof waiting = [];
        const misplaced: unknown[] = [];
        let [next, random] = [0, seed];
        const pick = (length: number) => (random = (random * 48_271 + 11) % 2_147_483_647) % length;
        for (const what of steps) {
          if (what === 'push') {
            const message = { sequenceNumber: ++next, ready: true };
            waiting.push(message);
            queue.push(message);
          } else if (what === 'shift') {
            const lowest = waiting.toSorted((a, b) => a.sequenceNumber - b.sequenceNumber)[0];
            const message = queue.shift();
            if (message !== lowest) misplaced.push(message);
            if (!message) continue;
            waiting.splice(waiting.indexOf(message), 1);
            taken.push(message);
          } else if (what === 'giveBack' && taken.length > 0) {
            const [message] = taken.splice(pick(taken.length), 1);
            waiting.push(message!);
            queue.giveBack(message!);
          } else if (what === 'unready' && waiting.length > 0) {
            const [message] = waiting.splice(pick(waiting.length), 1);
            message!.ready = false;
          }
        }
        expect(misplaced).toEqual([]);
      }),
    );
  });

  it('stays in order over thousands of messages', () => {
    const queue = new SequenceQueue<{ sequenceNumber: number; ready: boolean }>();
    let [sent, received] = [0, 0];
    for (let round = 0; round < 5000; round++) {
      queue.push({ sequenceNumber: ++sent, ready: true });
      queue.push({ sequenceNumber: ++sent, ready: true });
      expect(queue.shift()?.sequenceNumber).toBe(++received);
    }
    while (queue.peek()) expect(queue.shift()?.sequenceNumber).toBe(++received);
    expect(received).toBe(sent);
  });
});
