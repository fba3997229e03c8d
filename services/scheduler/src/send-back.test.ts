import type { Plan, Run, Source } from '@github-repo-stats/shared/documents';
import Long from 'long';
import { expect, it } from 'vitest';
import type { EventEnvelope } from '@github-repo-stats/shared/archive/completed-event';
import type { DeadLetter, LetterBox } from './letter-box.ts';
import { RUN_ID, memoryQueue } from './run.fixture.ts';
import { MOST_LETTERS, sendBack, type SendBackDeps } from './send-back.ts';

const BATCH = { runId: RUN_ID, batchId: 'b-s00001-00001-1' };
const repos = ['o/a', 'o/b'].map((nameWithOwner) => ({ nameWithOwner, id: `R_${nameWithOwner[2]}` }));
const batch = { ...BATCH, repos, attempt: 3, firstAttempt: 1, wait: 2 };

/** A dead-letter queue in memory; `steps` is the order in which things happened. */
function world(bodies: unknown[], collected: readonly string[] = [], archived = false) {
  const steps: string[] = [];
  const letters = new Map(
    bodies.map((body, i): [string, DeadLetter] => {
      const after = Long.fromNumber(i + 1);
      return [
        String(i),
        { sequenceNumber: String(i), after, messageId: `m${i}`, enqueuedAt: undefined, body, reason: 'r' },
      ];
    }),
  );
  const box: LetterBox = {
    peek: () => Promise.resolve([...letters.values()]),
    async take(_queue, decide) {
      for (const [key, letter] of letters) {
        const decision = await decide(letter);
        if (decision === 'stop') return;
        if (decision === 'remove' && letters.delete(key)) steps.push(`removed ${key}`);
      }
    },
  };
  const queue = memoryQueue();
  const events: EventEnvelope[] = [];
  const archive = {
    send: (messages: readonly EventEnvelope[]) => Promise.resolve(void events.push(...messages)),
  };
  const sending = {
    ...queue,
    async send(messages: Parameters<typeof queue.send>[0]) {
      steps.push(`sent ${messages[0]!.messageId}`);
      await queue.send(messages);
    },
  };
  const plan: Plan['batches'][number] = { batchId: BATCH.batchId, repos };
  const deps: SendBackDeps = {
    letters: box,
    store: {
      readSource: (_runId, id) => Promise.resolve(id === 's00001' ? ({} as Source) : undefined),
      reopenSource: (_runId, id) => Promise.resolve(void steps.push(`opened ${id}`)),
      readBatch: (_runId, id) => Promise.resolve(id === BATCH.batchId ? plan : undefined),
      markUncollected(_runId, _batchId, names) {
        const left = names.filter((name) => !collected.includes(name));
        steps.push(`marked ${left.join(' ')}`);
        return Promise.resolve({ names: left, attempt: left.length > 0 ? 7 : 0 });
      },
      readRun: (runId) => Promise.resolve(runId === RUN_ID ? ({ id: runId, revision: 2 } as Run) : undefined),
      isArchived: (_runId, revision) => Promise.resolve(archived && revision === 2),
    },
    queues: { resolve: sending, fetch: sending, write: sending, archive },
    credential: 'default',
    writeLanes: 1,
  };
  return { deps, steps, letters, sent: queue.sent, events };
}

it('a page: its source is opened, the page is sent from where it was, then the letter is removed', async () => {
  const page = {
    runId: RUN_ID,
    sourceId: 's00001',
    page: 3,
    cursor: 'c',
    attempt: 5,
    wait: 9,
    refusedBy: ['x'],
  };
  const w = world([page]);
  expect(await sendBack('resolve', undefined, w.deps)).toMatchObject({ sent: 1, settled: 0 });
  expect(w.steps).toEqual(['opened s00001', `sent ${RUN_ID}.s00001.3:1:0:again-0`, 'removed 0']);
  expect(w.sent[0]!.body).toEqual({
    runId: RUN_ID,
    sourceId: 's00001',
    page: 3,
    cursor: 'c',
    attempt: 1,
    wait: 0,
  });
});

it('a batch: what is not collected is marked, sent as that attempt, then the letter is removed', async () => {
  const w = world([batch], ['o/a']);
  await sendBack('fetch', undefined, w.deps);
  expect(w.steps).toEqual(['marked o/b', `sent ${RUN_ID}.${BATCH.batchId}:7:0:again-0`, 'removed 0']);
  const body = { ...BATCH, repos: [repos[1]], attempt: 7, firstAttempt: 7, wait: 0 };
  expect(w.sent[0]).toMatchObject({ body, sessionId: 'cred-default' });
});

it('nothing is lost when sending fails: the letter stays', async () => {
  const w = world([batch]);
  w.deps.queues.fetch.send = () => Promise.reject(new Error('away'));
  await expect(sendBack('fetch', undefined, w.deps)).rejects.toThrow('away');
  expect([...w.letters.keys()]).toEqual(['0']);
});

it('what a person dropped by hand is sent as it stands, collected or not', async () => {
  const byHand = { ...BATCH, names: ['o/a'] };
  const w = world([byHand], ['o/a', 'o/b']);
  expect(await sendBack('fetch', undefined, w.deps)).toMatchObject({ sent: 1 });
  expect(w.sent[0]!.body).toEqual(byHand);
});

const event = { type: 'GithubStats.RunCompleted', id: `${RUN_ID}.1`, data: { runInfoId: RUN_ID, more: 1 } };

it('the event of a completed run is sent to the archiver as it was', async () => {
  const w = world([event]);
  expect(await sendBack('archive', undefined, w.deps)).toMatchObject({ sent: 1, settled: 0 });
  expect(w.events).toMatchObject([{ messageId: `${RUN_ID}:again-0`, body: event }]);
  expect([...w.letters.keys()]).toEqual([]);
});

it('an event whose run was archived meanwhile is only removed', async () => {
  const w = world([event], [], true);
  expect(await sendBack('archive', undefined, w.deps)).toMatchObject({ sent: 0, settled: 1 });
  expect([w.events, w.letters.size]).toEqual([[], 0]);
});

it.each([
  ['of no run', { ...event, data: { runInfoId: '1611127299' } }, /There is no run 1611127299/],
  ['of something else', { ...event, type: 'Other' }, /cannot be understood: type/],
])('an event %s stays with its problem', async (_what, body, problem) => {
  const w = world([body]);
  const { left } = await sendBack('archive', undefined, w.deps);
  expect(left).toEqual([
    { sequenceNumber: '0', problem: expect.stringMatching(problem) as unknown as string },
  ]);
  expect(w.letters.size).toBe(1);
});

it.each([
  ['of no batch', { ...batch, batchId: 'b-s00002-00001-1' }, /There is no batch/],
  ['outside its plan', { ...batch, repos: [{ nameWithOwner: 'o/z' }] }, /Not in the plan/],
  ['unreadable', { ...batch, attempt: 'one' }, /cannot be understood: attempt/],
])('a letter %s stays with its problem, and the next one is sent', async (_what, body, problem) => {
  const w = world([body, batch]);
  const result = await sendBack('fetch', undefined, w.deps);
  expect(result).toMatchObject({
    sent: 1,
    left: [{ sequenceNumber: '0', problem: expect.stringMatching(problem) }],
  });
  expect([...w.letters.keys()]).toEqual(['0']);
});

it('only those that are named by number are touched, and those that are not there are told', async () => {
  const w = world([batch, batch, batch]);
  const result = await sendBack('fetch', ['1', '8'], w.deps);
  expect(result).toMatchObject({ sent: 1, missing: ['8'] });
  expect([...w.letters.keys()]).toEqual(['0', '2']);
});

it('one request deals with a bounded number, and tells that there is more', async () => {
  const w = world(Array.from({ length: MOST_LETTERS + 1 }, () => batch));
  expect(await sendBack('fetch', undefined, w.deps)).toMatchObject({ sent: MOST_LETTERS, more: true });
  expect(await sendBack('fetch', undefined, w.deps)).toMatchObject({ sent: 1, more: false });
});
