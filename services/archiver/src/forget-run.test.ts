import { manifestPath } from '@github-repo-stats/shared/archive/manifest';
import { RUN_ID } from '@github-repo-stats/shared/run.fixture';
import { expect, it } from 'vitest';
import { archivedWorld } from './archive.fixture.ts';
import { archiveRun } from './archive-run.ts';
import { forgetRun, INFO_TTL, STATS_TTL } from './forget-run.ts';
import { RunUnderWay } from './read-stats.ts';

const REPOS = ['octokit/a', 'octokit/b', 'octokit/c', 'octokit/d', 'octokit/e'];

async function archived() {
  const w = archivedWorld(REPOS);
  await archiveRun(RUN_ID, w.deps);
  return w;
}

it('gives each document its time to live, those that tell of the others a longer one', async () => {
  const w = await archived();
  expect(await forgetRun(RUN_ID, w.deps)).toBe('forgotten');
  expect(Object.fromEntries(w.ttls)).toEqual({
    ...Object.fromEntries(REPOS.map((repo) => [repo, STATS_TTL])),
    ...Object.fromEntries([...w.outcomes.values()].map(({ id }) => [id, INFO_TTL])),
    'plan.s00001.00001': INFO_TTL,
    'source.s00001': INFO_TTL,
    'notices.1': INFO_TTL,
  });
  expect(INFO_TTL).toBeGreaterThan(STATS_TTL);
  expect(w.marks.get('archive.1')).toMatchObject({
    open: 0,
    forgetting: { since: '2021-01-20T08:00:00.000Z' },
  });
  expect(w.world.run).toMatchObject({ createdList: '', createdListTruncated: true, failedList: '' });
  expect(w.logged.at(-1)).toBe('run forgotten');
});

it('touches nothing of a run that is not archived as it is now, or not at its end, or unknown', async () => {
  const never = archivedWorld(REPOS);
  expect(await forgetRun(RUN_ID, never.deps)).toBe('unarchived');
  const w = await archived();
  w.world.run = { ...w.world.run!, revision: 2 };
  expect(await forgetRun(RUN_ID, w.deps)).toBe('unarchived');
  w.world.run = { ...w.world.run, status: 'running' };
  expect(await forgetRun(RUN_ID, w.deps)).toBe('unknown');
  w.world.run = undefined;
  expect(await forgetRun(RUN_ID, w.deps)).toBe('unknown');
  expect(w.ttls.size + never.ttls.size).toBe(0);
});

it('touches nothing when the archive is not what it was', async () => {
  const w = await archived();
  const part = [...w.kept.keys()].find((path) => path.endsWith('part-2.parquet'))!;
  const there = w.kept.get(part)!;
  w.kept.delete(part);
  expect(await forgetRun(RUN_ID, w.deps)).toBe('altered');
  w.kept.set(part, { ...there, metadata: { sha256: 'other' } });
  expect(await forgetRun(RUN_ID, w.deps)).toBe('altered');
  w.kept.set(part, there);
  w.kept.set(manifestPath(RUN_ID), { ...there, bytes: Buffer.from('{}') });
  expect(await forgetRun(RUN_ID, w.deps)).toBe('altered');
  expect(w.ttls.size).toBe(0);
  expect(w.logged.filter((m) => m === 'run not forgotten, its archive is not what it was')).toHaveLength(3);
  expect(w.marks.get('archive.1')).not.toHaveProperty('forgetting');
});

it('waits while another run is under way', async () => {
  const w = await archived();
  w.deps.stats.expire = () => Promise.reject(new RunUnderWay());
  expect(await forgetRun(RUN_ID, w.deps)).toBe('later');
  expect(w.marks.get('archive.1')).toMatchObject({ open: 1 });
});

it('wherever it dies, the next one goes on, and no archive is made of what is left', async () => {
  for (let effects = 0; effects < 14; effects++) {
    const w = await archived();
    w.mortal.diesBefore = effects;
    await forgetRun(RUN_ID, w.deps).catch(() => undefined);
    w.mortal.diesBefore = undefined;
    const isHistory = w.marks.get('archive.1')!.forgetting !== undefined;
    expect(isHistory || w.ttls.size === 0).toBe(true);
    expect(await forgetRun(RUN_ID, w.deps)).toBe('forgotten');
    expect(w.ttls.size).toBe(REPOS.length + w.outcomes.size + 3);
    expect(w.world.run?.createdList).toBe('');
  }
});
