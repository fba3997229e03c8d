/** The scheduler's world in memory, for tests: runs, sources and keys as Cosmos DB would keep them, and the queues. */
import { Readable } from 'node:stream';
import type { Run, Selection, Source } from '@github-repo-stats/shared/documents';
import type { Envelope } from '@github-repo-stats/shared/messages';
import type { QueueSender } from '@github-repo-stats/shared/settlement';
import { bestOf } from './earlier-runs.ts';
import type { RequestStore } from './request-run.ts';
import type { StartDeps } from './start-run.ts';

export const RUN_ID = '1611127298';
export const START = new Date(Number(RUN_ID) * 1000);

export const SELECTION: Selection = {
  owners: [{ owner: 'microsoft', exclude: ['maro'], individual: [] }],
  repositories: ['octokit/octokit.rb'],
};

/** A queue that keeps what was sent. */
export function memoryQueue(): QueueSender & { sent: Envelope[] } {
  const sent: Envelope[] = [];
  return {
    sent,
    send: (messages) => Promise.resolve(void sent.push(...messages)),
    schedule: () => Promise.reject(new Error('nothing is scheduled here')),
  };
}

/** Each step waits for its turn, so that tests can let several callers run in any order. */
export function schedulerWorld(turn: () => Promise<void> = () => Promise.resolve()) {
  const runs = new Map<string, Run>();
  const selections = new Map<string, Selection>();
  const sources = new Map<string, Source>();
  const keys = new Map<string, string>();
  const resolveQueue = memoryQueue();
  const steps: string[] = [];
  const requests: RequestStore = {
    async readKey(key) {
      await turn();
      return keys.get(key);
    },
    async tieKey(key, runId, from) {
      await turn();
      if (!keys.has(key) || keys.get(key) === from) keys.set(key, runId);
      return keys.get(key)!;
    },
    async keyOfRun(runId) {
      await turn();
      return runs.get(runId)?.requestKey;
    },
  };
  const deps: StartDeps & { requests: RequestStore } = {
    requests,
    store: {
      async earlierRuns(runId, selectionDigest) {
        await turn();
        const before = [...runs.values()]
          .filter((r) => Number(r.id) < Number(runId))
          .toSorted((a, b) => Number(b.id) - Number(a.id));
        const previousRunId = await bestOf(Readable.from(before), selectionDigest);
        const compareTo = { previous: previousRunId ?? null, d7: null, d30: null };
        return previousRunId === undefined ? { compareTo } : { previousRunId, compareTo };
      },
      async createRun(run, selection) {
        await turn();
        if (runs.has(run.id)) return false;
        steps.push('run');
        runs.set(run.id, structuredClone(run));
        selections.set(run.id, selection);
        return true;
      },
      async createSource(source) {
        await turn();
        if (steps.at(-1) !== 'sources') steps.push('sources');
        const key = `${source.runId} ${source.id}`;
        if (!sources.has(key)) sources.set(key, source);
      },
      async markRunning(runId) {
        await turn();
        steps.push('running');
        const run = runs.get(runId);
        if (run?.status === 'starting') runs.set(runId, { ...run, status: 'running' });
      },
    },
    resolveQueue: {
      ...resolveQueue,
      async send(messages) {
        await turn();
        steps.push('send');
        await resolveQueue.send(messages);
      },
    },
    credential: 'default',
    now: () => START,
    log: () => undefined,
  };
  return { deps, runs, selections, sources, keys, steps, sent: resolveQueue.sent };
}
