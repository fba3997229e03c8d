import { expect, it } from 'vitest';
import { RunUnderWay } from './read-stats.ts';
import { roomBesideRuns } from './room-beside-runs.ts';

function world(budget: number | undefined) {
  const w = { now: 0, active: false, looked: 0 };
  const isAnyRunActive = (): Promise<boolean> => {
    w.looked++;
    return Promise.resolve(w.active);
  };
  return { w, room: roomBesideRuns(budget, isAnyRunActive, () => w.now) };
}

it('there is room while no run is under way, which is looked at every five seconds', async () => {
  const { w, room } = world(400);
  await room();
  w.active = true;
  w.now = 4999;
  await room();
  expect(w.looked).toBe(1);
  w.now = 5000;
  await expect(room()).rejects.toThrow(RunUnderWay);
  await expect(room()).rejects.toThrow(RunUnderWay);
  w.active = false;
  await room();
  expect(w.looked).toBe(4);
});

it('without a budget there is always room, and nobody is asked', async () => {
  const { w, room } = world(undefined);
  w.active = true;
  await room();
  expect(w.looked).toBe(0);
});
