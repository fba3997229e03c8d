import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, cp, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder = '';
/** Runs a bench that finds 3 where at most 2 and at least 3 are allowed, in a repository of its own. */
const bench = (...args: string[]) =>
  spawnSync(process.execPath, ['bench/counting.ts', ...args], { cwd: folder, encoding: 'utf8' });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bench-report-'));
  await cp(join(import.meta.dirname, 'report.ts'), join(folder, 'bench/report.ts'));
  await symlink(join(import.meta.dirname, '../node_modules'), join(folder, 'node_modules'));
  writeFileSync(
    join(folder, 'bench/counting.ts'),
    `import { Report, readArguments, whole } from './report.ts';
    const { most, ...options } = readArguments('npm run bench:counting -- [--most 2]', { most: whole(1, 2) });
    const report = new Report('How many are there?');
    report.table(['what', 'many'], [['apples', '1,003']]);
    report.bound({ what: 'apples', found: 3, atMost: most, digits: 0 }, { what: 'pears', found: 3, atLeast: 3 });
    report.end(options);`,
  );
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder });
  git('init', '--quiet');
  git('add', 'bench');
  git('-c', 'user.name=a', '-c', 'user.email=a@example.org', 'commit', '--quiet', '--message', 'first');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('report', () => {
  it('ends with 1 when a bound does not hold and that was asked for', () => {
    const { status, stdout } = bench('--check');
    expect(status).toBe(1);
    expect(stdout).toContain('| apples | 3 | at most 2 | BROKEN |');
    expect(stdout).toContain('| pears | 3.00 | at least 3.00 | holds |');
  });

  it('ends with 0 when all hold, and when nobody asked', () => {
    expect(bench('--check', '--most', '3').status).toBe(0);
    expect(bench().status).toBe(0);
  });

  it.each([
    ['--most', 'none'],
    ['--most', '0'],
    ['--least', '1'],
  ])('ends with 2 and its usage for %s %s', (...args) => {
    const { status, stderr } = bench(...args);
    expect(status).toBe(2);
    expect(stderr).toContain('Usage: npm run bench:counting -- [--most 2] [--check] [--save]');
  });

  it('keeps what it found with where it came from', () => {
    bench('--most', '3', '--save');
    const text = readFileSync(join(folder, 'bench/results/counting.md'), 'utf8');
    expect(text).toContain('# counting\n\nHow many are there?\n');
    expect(text).toContain('Command: `npm run bench:counting -- --most 3`. Commit: ');
    expect(text).toMatch(/Commit: [0-9a-f]{7,}\. Date: \d{4}-\d\d-\d\d\. Machine: \d+ × .+ GB, .+, Node 24/);
    expect(text).toContain('| what | many |\n| --- | ---: |\n| apples | 1,003 |\n');
  });

  it('tells when the code is not what was committed', () => {
    const file = join(folder, 'bench/counting.ts');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, `${before}\n// Changed.\n`);
    bench('--save');
    expect(readFileSync(join(folder, 'bench/results/counting.md'), 'utf8')).toMatch(
      /Commit: \w+ with changes\./,
    );
    writeFileSync(file, before);
  });
});
