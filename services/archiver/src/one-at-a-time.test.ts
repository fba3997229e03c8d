import { expect, it } from 'vitest';
import { oneAtATime } from './one-at-a-time.ts';

it('begins the next when the one before has ended, well or not, and hands on what each comes to', async () => {
  const inTurn = oneAtATime();
  const happened: string[] = [];
  const work =
    (name: string, fails = false) =>
    async (): Promise<string> => {
      happened.push(`${name} begins`);
      await Promise.resolve();
      happened.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    };
  const first = inTurn(work('a', true));
  const second = inTurn(work('b'));
  await expect(first).rejects.toThrow('a');
  expect(await second).toBe('b');
  expect(happened).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
});
