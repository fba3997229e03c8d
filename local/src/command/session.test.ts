import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { differences, endSession, readSession, writeSession, type Session } from './session.ts';
import { readSourcesFile, worldOf } from './sources-file.ts';
import { isBeingSent } from './unfinished.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'session-'));
});
afterEach(() => rm(folder, { recursive: true }));

const SESSION: Session = {
  sources: { file: 'sources.json', digest: 'd1' },
  simulated: true,
  repos: 1000,
  seed: 1,
  idempotencyKey: 'k',
};

test('a session is what was written, until it ends; a cut one is none', async () => {
  const file = join(folder, 'session.json');
  expect(readSession(file)).toBeUndefined();
  writeSession(file, SESSION);
  expect(readSession(file)).toEqual(SESSION);
  await writeFile(file, '{"sources":');
  expect(readSession(file)).toBeUndefined();
  endSession(file);
  endSession(file);
  expect(readSession(file)).toBeUndefined();
});

test('what differs is told by option', () => {
  expect(differences(SESSION, { ...SESSION, sources: { file: 'other.json', digest: 'd1' } })).toEqual([]);
  expect(
    differences(SESSION, { ...SESSION, sources: { file: 'other.json', digest: 'd2' }, repos: 60, seed: 2 }),
  ).toEqual([
    '--sources: it has those of sources.json, not of other.json',
    '--repos: it has 1000, not 60',
    'Simulator_Seed: it has 1, not 2',
  ]);
  expect(differences(SESSION, { ...SESSION, sources: { file: 'sources.json', digest: 'd2' } })).toEqual([
    '--sources: sources.json has changed since',
  ]);
  expect(differences(SESSION, { ...SESSION, events: 'd3' })).toEqual([
    '--faults: the events of its world are others',
  ]);
  expect(differences(SESSION, { ...SESSION, simulated: false, repos: 5 })).toEqual([
    'it reads the simulated GitHub, not the real one',
  ]);
});

test('the same sources have the same digest however they are laid out; problems have lines', async () => {
  const file = join(folder, 's.json');
  await writeFile(file, '{"individualRepos":["a/b"]}');
  const { digest } = readSourcesFile(file);
  await writeFile(file, '{\n  "individualRepos": [ "a/b" ]\n}\n');
  expect(readSourcesFile(file).digest).toBe(digest);
  await writeFile(file, '{"fullOrgs":[\n {"orgName":"no spaces"}],\n "individualRepos":["x"]}');
  expect(() => readSourcesFile(file)).toThrow(
    `${file} cannot be used:\n  - line 2: fullOrgs[0].orgName is not the name of a GitHub organisation or user\n  - line 3: individualRepos[0] is not owner/name`,
  );
  expect(() => readSourcesFile(join(folder, 'none.json'))).toThrow(/none\.json: cannot be read: ENOENT/);
});

test('everything that the sources name exists in the world, excluded names included, patterns not', () => {
  const selection = {
    owners: [
      { owner: 'microsoft', exclude: ['FluidExamples', 'temp-*', 'other/thing'], individual: ['code'] },
    ],
    repositories: ['microsoft/code'],
  };
  expect(worldOf(selection, 50, 7)).toEqual({
    seed: 7,
    repositories: 50,
    owners: [{ login: 'microsoft' }],
    individual: ['microsoft/code'],
    named: ['microsoft/FluidExamples', 'other/thing'],
  });
});

test('a notice that waits for a later try keeps nobody waiting', () => {
  const done = { state: 'done', tries: 1 } as const;
  const due = { state: 'due', tries: 0 } as const;
  const later = { state: 'due', tries: 1, notBefore: '2030-01-01T00:00:00Z' } as const;
  const now = Date.parse('2029-01-01T00:00:00Z');
  expect(isBeingSent({ open: 0, event: done, mail: done }, now)).toBe(false);
  expect(isBeingSent({ open: 1, event: done, mail: due }, now)).toBe(true);
  expect(isBeingSent({ open: 1, event: done, mail: { state: 'claimed', tries: 1 } }, now)).toBe(true);
  expect(isBeingSent({ open: 1, event: done, mail: later }, now)).toBe(false);
  expect(isBeingSent({ open: 1, event: done, mail: later }, now + 366 * 86_400_000)).toBe(true);
});
