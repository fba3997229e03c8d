import { expect, it } from 'vitest';
import type { ChaosResult } from './run-plan.ts';
import { totalsOf } from './totals.ts';

const done: ChaosResult['done'] = {
  freezes: 1,
  secondsFrozen: 2,
  repeated: 3,
  githubFaultsOrdered: 4,
  worldChanges: 5,
  garbage: 6,
  reruns: 7,
  outages: 8,
  clockJumps: 9,
  leasesStolen: 10,
  secondInstances: 11,
  disksFull: 12,
  steps: 20,
  reached: 19,
  kills: { writer: 2, 'service-bus': 1 },
  faults: {
    'cosmos 429': 100,
    'cosmos 503': 30,
    'cosmos kill after': 1,
    'cosmos reset before': 4,
    'cosmos delayMs': 2,
    'cosmos disk-full': 50,
    'service-bus refuse': 3,
    'service-bus lockLostAfterMs': 6,
    'sinks 503': 5,
  },
  githubReplies: { '200': 1000, '429': 7, '503': 2, '502': 1, broken: 3 },
  throttled: 13,
  redelivered: 14,
  resent: 15,
};

it('every fault of every run counts once, as what it was', () => {
  const totals = totalsOf([
    { done, seconds: 10.4 },
    { done, seconds: 10.4 },
  ]);
  expect(totals).toMatchObject({
    kills: 6,
    'of them at a crash point': 2,
    '429s': 214,
    '503s': 74,
    'other refused or broken answers': 2 * (4 + 3 + 1 + 3),
    'late answers and deliveries': 16,
    'writes refused by a full disk': 100,
    'clock jumps': 18,
    'leases stolen': 20,
    'second instances': 22,
    'full disks': 24,
    outages: 16,
    seconds: 21,
  });
});

it('no runs are no totals', () => {
  expect(new Set(Object.values(totalsOf([])))).toEqual(new Set([0]));
});
