/** A run of which nothing can be read ends, says so, and is told by the exit code. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ROOT } from '../build/service-folders.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'failed-run-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Starts one run of an owner whom GitHub lets nobody read. */
function startRun(): Promise<{ code: unknown; said: string }> {
  const { Github_Token: _token, GITHUB_TOKEN: _other, Github_Credentials: _more, ...env } = process.env;
  const args = [join(ROOT, 'local/bin/github-repo-stats.mjs'), 'start', '--repos', '20'];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...args, '--faults', 'faults.json', '--json'],
      { cwd: folder, env: { ...env, DurationScale: '0.05' } },
      (error, stdout, stderr) => resolve({ code: error?.code ?? 0, said: `${stdout}${stderr}` }),
    );
  });
}

test('no readable source: the run has failed, with the reason of each, and the exit code is 1', async () => {
  await writeFile(
    join(folder, 'sources.json'),
    '{"fullOrgs": [{"orgName": "octokit"}], "individualRepos": []}',
  );
  const events = [{ event: 'fail', target: 'octokit', failure: 'saml' }];
  await writeFile(join(folder, 'faults.json'), JSON.stringify({ events }));
  const { code, said } = await startRun();
  expect({ code, said }).toMatchObject({ code: 1 });
  const run = JSON.parse(said.trim().split('\n').at(-1)!) as object;
  expect(run).toMatchObject({
    status: 'failed',
    totalReceived: 0,
    failedSources: [expect.objectContaining({ source: 'octokit', reason: 'saml' })],
  });
});
