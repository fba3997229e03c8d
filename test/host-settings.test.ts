/** How the host runs each app: host.json, the settings that override it, and what the services themselves count on. */
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readHostOptions } from '../local/src/function-host/host-json.ts';
import { CALL_TIMEOUT_MS, FOREIGN_GRANT_MS, SHORT_WAIT_MS } from '../shared/src/github/gate-times.ts';
import { MOST_PAGES } from '../shared/src/github/listing-pages.ts';
import {
  FUNCTION_TIMEOUT_SECONDS,
  hostOptions,
  hostSettings,
  QUEUE_APPS,
  SHARE_SECONDS,
  workerArguments,
} from '../shared/src/host-settings.ts';
import { SETTINGS } from '../shared/src/settings.ts';
import { writeLanes } from '../shared/src/write-budget.ts';

const ROOT = join(import.meta.dirname, '..');
const files = globSync('services/*/host.json', { cwd: ROOT }).sort();
const read = (file: string) => JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as Record<string, unknown>;
const appOf = (file: string): string => basename(dirname(file));
const LANES = { credentials: 3, serverless: true };

describe.each(files)('%s', (file) => {
  const app = appOf(file);

  it('says of time and messages what the definition says', () => {
    const { functionTimeout, extensions } = read(file);
    expect({ functionTimeout, ...(extensions !== undefined && { extensions }) }).toEqual(hostOptions(app));
  });

  it('has sessions to speak of when the app is triggered by a queue that has them, and only then', () => {
    const main = readFileSync(join(ROOT, dirname(file), 'src/main.ts'), 'utf8');
    expect((QUEUE_APPS as readonly string[]).includes(app)).toBe(main.includes('isSessionsEnabled: true'));
    const { extensions = {} } = read(file) as { extensions?: object };
    expect('serviceBus' in extensions).toBe(main.includes('app.serviceBusQueue('));
  });

  it('is overridden, value by value, by settings that the local host understands', () => {
    const problems: string[] = [];
    const options = readHostOptions(
      {
        version: '2.0',
        functionTimeout: '00:00:01',
        extensions: { serviceBus: { maxConcurrentSessions: 99 } },
      },
      hostSettings(app, LANES),
      (problem) => problems.push(problem),
    );
    expect(problems).toEqual([]);
    expect(options.functionTimeoutMs).toBe(FUNCTION_TIMEOUT_SECONDS * 1000);
    const sessions = { resolver: 4, fetcher: 4, writer: writeLanes(true) }[app];
    expect(options.serviceBus).toMatchObject(
      sessions === undefined
        ? { maxConcurrentSessions: 99, ...(app === 'archiver' && { maxConcurrentCalls: 1 }) }
        : {
            prefetchCount: 0,
            autoCompleteMessages: true,
            maxAutoLockRenewalMs: Infinity,
            maxConcurrentSessions: sessions,
            sessionIdleTimeoutMs: 5000,
          },
    );
  });
});

it('bounds the memory of every app alike, by arguments that its Node takes', () => {
  const [given = [], ...others] = files.map((file) => workerArguments(hostSettings(appOf(file), LANES)));
  for (const other of others) expect(other).toEqual(given);
  const heapLimit = 'process.stdout.write(String(v8.getHeapStatistics().heap_size_limit))';
  const bytes = Number(execFileSync(process.execPath, [...given, '-e', heapLimit], { encoding: 'utf8' }));
  // Beside the heap are some 75 MB of Node itself, its code and its buffers.
  expect(bytes).toBeLessThan(130e6);
  expect(bytes).toBeGreaterThan(90e6);
});

it('the writer has one session while there is a budget to keep, whatever the file says', () => {
  expect(hostSettings('writer', { credentials: 3, serverless: false })).toMatchObject({
    AzureFunctionsJobHost__extensions__serviceBus__maxConcurrentSessions: '1',
  });
});

describe('a function may run longer than the longest delivery takes', () => {
  /** A call to GitHub, with the longest waits in place before it. */
  const callSeconds = (FOREIGN_GRANT_MS * 1.1 + SHORT_WAIT_MS + CALL_TIMEOUT_MS) / 1000;

  it('of the resolver: every page that it lists for one of ours', () => {
    expect(MOST_PAGES * callSeconds).toBeLessThan(FUNCTION_TIMEOUT_SECONDS);
  });

  it('of the fetcher: its share, and the call that began at its end and was made twice', () => {
    expect(SHARE_SECONDS + 2 * callSeconds).toBeLessThan(FUNCTION_TIMEOUT_SECONDS);
  });

  it('of the writer: the largest batch at the least throughput, each document at four times the price of a write', () => {
    const largest = 100;
    const least = 100;
    expect(SETTINGS.NumberOfReposToQueryPerCall.safeParse(largest + 1).success).toBe(false);
    expect(SETTINGS.CosmosDB_ProvisionedThroughput.safeParse(least - 1).success).toBe(false);
    const ru = 4 * SETTINGS.CosmosDB_RU_NeededForEachWrite.parse(undefined);
    expect((largest * ru) / least).toBeLessThan(FUNCTION_TIMEOUT_SECONDS);
  });
});
