import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDataFolder } from './data-folder.ts';
import { openLogFile } from './log-file.ts';

let path: string;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'data-folder-'));
});
afterEach(() => rm(path, { recursive: true }));

/** A process that holds the folder until it is killed. */
const holder = (folder: string) =>
  spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { openDataFolder } from ${JSON.stringify(join(import.meta.dirname, 'data-folder.ts'))};
       openDataFolder(${JSON.stringify(folder)}); console.log('held'); setInterval(() => {}, 1000);`,
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );

test('a folder in use is refused with the process that uses it, and free again when that was killed', async () => {
  const process = holder(path);
  try {
    await once(createInterface(process.stdout), 'line');
    expect(() => openDataFolder(path)).toThrow(`data folder ${path} is in use by process ${process.pid}`);
  } finally {
    process.kill('SIGKILL');
    await once(process, 'exit');
  }
  openDataFolder(path).release();
});

test('a released folder can be opened again', () => {
  openDataFolder(path).release();
  const again = openDataFolder(path);
  expect(again.path).toBe(path);
  again.release();
});

test('a folder that cannot be created is the user’s problem', async () => {
  await writeFile(join(path, 'file'), '');
  expect(() => openDataFolder(join(path, 'file/data'))).toThrow(/cannot be created: ENOTDIR/);
});

test('a log file starts anew when it has grown, and keeps the one before', async () => {
  const log = openLogFile(path, 'app', 10);
  for (const line of ['first line', 'second line', 'third line']) log.write(line);
  log.close();
  log.write('after the end');
  expect(await readFile(join(path, 'app.1.log'), 'utf8')).toBe('second line\n');
  expect(await readFile(join(path, 'app.log'), 'utf8')).toBe('third line\n');
});
