import { expect, test } from 'vitest';
import { NO_HOST } from './host.ts';
import { runSchedule, type ScheduleDeps } from './schedule.ts';
import type { Answer } from './statistics-query.ts';
import { Timeline } from './timeline.ts';

const NAMES = Array.from({ length: 195 }, (_, i) => `acme/r-${i}`);

/** Answers as GitHub would, from the names in the query. */
function answerTo(query: string): Answer {
  const counts = ['totalIssues', 'openIssues', 'closedIssues', 'totalPRs', 'openPRs', 'closedPRs'];
  const some = Object.fromEntries([...counts, 'mergedPRs', 'stars'].map((name) => [name, { totalCount: 1 }]));
  const names = [...query.matchAll(/name: "([^"]*)"/g)].map(([, name]) => `acme/${name}`);
  const facts = { isArchived: false, isTemplate: false, updatedAt: '2021-01-19T20:44:18Z' };
  return Object.fromEntries(
    names.map((nameWithOwner, i) => [`r${i}`, { nameWithOwner, ...facts, ...some }]),
  ) as unknown as Answer;
}

/** What was done in which order; pauses are told and not waited for. */
async function run(failing: readonly number[] = []): Promise<string[]> {
  const done: string[] = [];
  const { signal } = new AbortController();
  let execution = 0;
  const note = (text: string): Promise<void> => Promise.resolve(void done.push(text));
  const deps: ScheduleDeps = {
    github: {
      list: () => Promise.resolve(NAMES),
      async execute(query) {
        await note('execute');
        return failing.includes(++execution) ? undefined : answerTo(query);
      },
    },
    store: {
      with: (container, work) =>
        work({
          create: () => note(`create in ${container}`),
          read: <T extends object>() => Promise.resolve({} as T),
          replace: () => note('replace'),
        }),
    },
    notices: { mail: () => note('mail'), event: () => note('event') },
    timeline: new Timeline(NO_HOST, signal),
    sleep: (seconds) => note(`sleep ${seconds}`),
    signal,
    data: 'data',
    runInfo: 'run info',
    onStored: () => undefined,
    onFailure: () => undefined,
  };
  await runSchedule({ organisations: ['acme'], individual: [] }, deps);
  return done;
}

/** The same thing done several times in a row is one entry: `65 × create`. */
const rows = (done: readonly string[]): string[] => {
  const counted: { what: string; times: number }[] = [];
  for (const what of done) {
    const last = counted.at(-1);
    if (last?.what === what) last.times++;
    else counted.push({ what, times: 1 });
  }
  return counted.map(({ what, times }) => (times === 1 ? what : `${times} × ${what}`));
};

const BATCH = ['65 × create in data', 'sleep 1'];
const END = ['replace', 'sleep 1', 'replace', 'sleep 1', 'replace', 'sleep 1', 'event', 'mail'];

test('every query is answered before anything is written, and a second is slept after each batch', async () => {
  const expected = ['create in run info', 'mail', '3 × execute', ...BATCH, ...BATCH, ...BATCH, ...END];
  expect(rows(await run())).toEqual(expected);
});

test('a reply with an error costs a minute and the whole batch again, at the end', async () => {
  const done = rows(await run([1]));
  expect(done.slice(2, 6)).toEqual(['execute', 'sleep 60', '3 × execute', '65 × create in data']);
});
