import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readShippedSources } from './shipped-sources.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shipped-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function shipped(text: string): Promise<string> {
  const path = join(folder, 'sources.json');
  await writeFile(path, text);
  return path;
}

it('are what the file says', async () => {
  const path = await shipped('\uFEFF{"individualRepos": ["octokit/octokit.rb"]}');
  expect(readShippedSources(path)).toEqual({ individualRepos: ['octokit/octokit.rb'] });
});

it('stop the app when they cannot be used, with every problem and its line', async () => {
  const path = await shipped('{\n "fullOrgs": [{"orgName": "no spaces"}],\n "individualRepos": ["half"]\n}');
  expect(() => readShippedSources(path)).toThrow(
    /sources\.json: line 2: fullOrgs\[0\]\.orgName .*\n {2}- sources\.json: line 3: individualRepos\[0\]/,
  );
});

it('stop the app when they are not there', () => {
  expect(() => readShippedSources(join(folder, 'nothing.json'))).toThrow('cannot be read beside the bundle');
});
