import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test, vi } from 'vitest';
import { ChildFailed, SupervisedChild } from './child.ts';
import type { LogRecord } from './log-record.ts';

const script = join(import.meta.dirname, 'fixtures/child.ts');
const children: SupervisedChild[] = [];

function supervise(behaviour = 'listen', env: Record<string, string> = {}): SupervisedChild {
  const child = new SupervisedChild({ name: 'fixture', script, args: [behaviour], env: () => env });
  children.push(child);
  return child;
}
afterEach(() => Promise.all(children.splice(0).map((child) => child.stop(50))));

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('a child that is killed is started again', async () => {
  const child = supervise();
  const first = await child.start();
  const died = once(child, 'died');
  const back = once(child, 'listening');
  child.kill('SIGKILL');
  expect((await died)[0]).toEqual({ code: null, signal: 'SIGKILL', delayMs: 0 });
  const [again] = (await back) as [{ pid: number }];
  expect(again.pid).not.toBe(first['pid']);
  expect(child.starts).toBe(2);
});

test('a child that cannot start is given up, with what it said', async () => {
  const child = supervise('fail');
  const failure: unknown = await child.start().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ChildFailed);
  expect((failure as Error).message).toBe('fixture cannot be started: the setting Colour is not set');
  expect(child.starts).toBe(5);
});

test('lines are records, whether they are JSON or not', async () => {
  const child = supervise();
  const records: LogRecord[] = [];
  child.on('log', (record) => records.push(record));
  await child.start();
  await child.stop();
  expect(records).toMatchObject([
    { app: 'fixture', level: 'information', message: 'hello', pid: expect.any(Number) as number },
    { app: 'fixture', level: 'information', message: 'plain last words' },
  ]);
});

test('a stop is final, and hard for a child that does not obey', async () => {
  const child = supervise('stubborn');
  await child.start();
  const { pid } = child;
  await child.stop(50);
  expect(isAlive(pid!)).toBe(false);
  expect(child.state).toBe('stopped');
  expect(child.starts).toBe(1);
});

test('children end when their supervisor is killed', async () => {
  const parent = spawn(process.execPath, [join(import.meta.dirname, 'fixtures/parent.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
  const pids = JSON.parse(line) as number[];
  expect(pids.map(isAlive)).toEqual([true, true]);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  await vi.waitFor(() => expect(pids.map(isAlive)).toEqual([false, false]), { timeout: 10_000 });
});
