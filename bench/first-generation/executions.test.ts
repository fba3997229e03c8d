import { expect, test } from 'vitest';
import { executeAll } from './executions.ts';

test('a query that fails comes again at the end, after a pause, as often as it fails', async () => {
  const asked: string[] = [];
  let failing = 2;
  const execute = (query: string): Promise<string | undefined> => {
    asked.push(query);
    return Promise.resolve(query === 'b' && failing-- > 0 ? undefined : query.toUpperCase());
  };
  const coolDown = (): Promise<void> => Promise.resolve(void asked.push('pause'));
  expect(await executeAll(['a', 'b', 'c'], execute, coolDown)).toEqual({
    replies: ['A', 'C', 'B'],
    failures: 2,
  });
  expect(asked).toEqual(['a', 'b', 'pause', 'c', 'b', 'pause', 'b']);
});

test('a connection that breaks ends it', async () => {
  const broken = executeAll(
    ['a'],
    () => Promise.reject(new Error('reset')),
    () => Promise.resolve(),
  );
  await expect(broken).rejects.toThrow('reset');
});
