import type { Container } from '@azure/cosmos';
import { expect, it } from 'vitest';
import { openLanes } from './lanes.ts';

it('are found by the name of their credential; there is none of another name', async () => {
  const auth = { kind: 'token', token: 'secret' } as const;
  // Nothing is read before somebody asks.
  const pace = {} as Container;
  const lanes = openLanes([{ name: 'bot', auth }], { url: 'http://127.0.0.1:1/graphql', pace, scale: 1 });
  expect(lanes.of('bot').name).toBe('bot');
  expect(() => lanes.of('other')).toThrow('There is no credential other');
});
