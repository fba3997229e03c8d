/** What is told of a run under way: each credential's state, the rate, and a range for the time left that minds waits. */
import { expect, it } from 'vitest';
import { runOf, START } from '@github-repo-stats/shared/run.fixture';
import type { Pace } from '@github-repo-stats/shared/pace';
import { credentialState, liveRun } from './live-run.ts';

const NOW = Date.parse(START) + 100_000;
const at = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString();
const paceOf = (more: Partial<Pace> = {}): Pace => ({ id: 'cred-bot', grants: {}, ...more });
const held = { stats: { holder: 'a', grantId: '1', released: false } };

it.each<[string, Partial<Pace>, boolean, object]>([
  ['works while it holds a grant', { grants: held }, true, { state: 'working', until: null }],
  ['has nothing to do when no run is under way', { grants: held }, false, { state: 'idle' }],
  ['has nothing to do without a grant', {}, true, { state: 'idle', reason: null }],
  [
    'waits until a limit is over',
    { notBefore: at(60), reason: 'secondary', grants: held },
    true,
    { state: 'waiting', reason: 'GitHub’s secondary rate limit', until: at(60) },
  ],
  [
    'waits no more once it is',
    { notBefore: at(-1), reason: 'primary', grants: held },
    true,
    { state: 'working' },
  ],
  [
    'was refused, whatever else it waits for',
    { refusedUntil: at(9), notBefore: at(60) },
    true,
    { state: 'refused', until: at(9) },
  ],
])('a credential %s', (_what, pace, isBusy, state) => {
  expect(credentialState(paceOf(pace), NOW, isBusy)).toMatchObject({ credential: 'bot', ...state });
});

const half = runOf({
  sourcesTotal: 1,
  sourcesResolved: 1,
  totalPlanned: 200,
  totalCreatedCount: 90,
  totalFailedCount: 10,
  progressAt: new Date(Date.parse(START) + 50_000).toISOString(),
});

it('the rate is that of the time in which it moved, and the rest may take half as long again or less', () => {
  expect(liveRun(half, [], NOW)).toMatchObject({
    settled: 100,
    rate: 2,
    secondsLeft: { least: 34, most: 75 },
  });
});

it('what every credential waits for is added to the time left', () => {
  const waiting = paceOf({ notBefore: at(60), reason: 'primary' });
  expect(liveRun(half, [waiting], NOW).secondsLeft).toEqual({ least: 94, most: 135 });
  expect(liveRun(half, [waiting, paceOf()], NOW).secondsLeft).toEqual({ least: 34, most: 75 });
});

it.each([
  ['sources are still listed', { sourcesResolved: 0 }],
  ['nothing is settled', { totalCreatedCount: 0, totalFailedCount: 0 }],
  ['it was opened again', { revision: 1 }],
])('no time is told while %s', (_what, more) => {
  expect(liveRun({ ...half, ...more }, [], NOW).secondsLeft).toBeNull();
});
