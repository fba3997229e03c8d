/**
 * The first generation's schedule, from its description: every step waits until the last one has ended for every repository. One
 * token, fixed batches one at a time, a reply with any error thrown away whole, documents one at a time and a second's sleep after
 * each chunk. It ends when the last mail is sent, or never: a query that always fails is repeated for ever.
 */
import { chunkBytes, chunksByBytes } from './chunks.ts';
import { COOL_DOWN_SECONDS, executeAll } from './executions.ts';
import type { GithubClient } from './github-client.ts';
import type { Notices } from './notices.ts';
import { documentsOf, queryTexts, type Document } from './statistics-query.ts';
import type { Containers } from './store.ts';
import type { Timeline } from './timeline.ts';

export interface Sources {
  organisations: readonly string[];
  individual: readonly string[];
}

export interface ScheduleDeps {
  github: GithubClient;
  store: Containers;
  notices: Notices;
  timeline: Timeline;
  /** So many seconds. */
  sleep: (seconds: number) => Promise<void>;
  /** Whether the run was stopped. */
  signal: AbortSignal;
  /** Names of the containers. */
  data: string;
  runInfo: string;
  /** Told of each document that was stored, and of each execution that failed. */
  onStored: (document: Document) => void;
  onFailure: () => void;
}

const THROUGHPUT = 400;
const REQUEST_UNITS_PER_WRITE = 5;
const CHUNK_BYTES = chunkBytes(THROUGHPUT, REQUEST_UNITS_PER_WRITE);
const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

export async function runSchedule(sources: Sources, deps: ScheduleDeps): Promise<void> {
  const { github, store, notices, timeline, sleep } = deps;
  const now = new Date();
  const run = {
    id: String(Math.floor(now.getTime() / 1000)),
    date: now.toISOString().slice(0, 10).replaceAll('-', ''),
  };
  await timeline.step('run id', 0, () => store.with(deps.runInfo, (open) => open.create(run)));
  await timeline.step('mail', 0, () => notices.mail('Run started', run.id));
  const { organisations, individual } = await timeline.step('sources', 0, () => sources);
  const listed = await timeline.step('listing', 0, () =>
    Promise.all(organisations.map((organisation) => github.list(organisation))),
  );
  const names = await timeline.step('append', 0, () => [...listed.flat(), ...individual]);
  const batches = queryTexts(names).length;
  const texts = await timeline.step('query texts', batches, () => queryTexts(names));
  const { replies } = await executeAll(
    texts,
    (text) => timeline.step('execute', batches, () => github.execute(text)),
    async () => {
      deps.onFailure();
      await sleep(COOL_DOWN_SECONDS);
    },
  );
  const parsed = await timeline.step('parse', batches, () =>
    replies.map((reply) => documentsOf(reply, run.id)),
  );
  const created: string[] = [];
  const failed: string[] = [];
  for (const documents of parsed)
    await timeline.step('write', batches, () => writeBatch(documents, created, failed, deps));
  const totals = await timeline.step('totals', 0, () => ({
    totalReceived: names.length,
    totalCreatedCount: created.length,
    totalFailedCount: failed.length,
  }));
  await timeline.step('run info', 0, () => writeRunInfo(run, totals, created, failed, deps));
  await timeline.step('event', 0, () => notices.event(run.id, totals));
  await timeline.step('final mail', 0, () => notices.mail('Run completed', JSON.stringify(totals)));
  await timeline.end();
}

/** A create that fails puts its name on the failed list; it is not tried again. */
async function writeBatch(
  documents: readonly Document[],
  created: string[],
  failed: string[],
  { store, sleep, signal, data, onStored }: ScheduleDeps,
): Promise<void> {
  for (const chunk of chunksByBytes(documents, CHUNK_BYTES, bytesOf)) {
    await store.with(data, async (open) => {
      for (const document of chunk)
        try {
          await open.create(document);
          created.push(document.repo);
          onStored(document);
        } catch (error) {
          signal.throwIfAborted();
          console.error(`${document.repo} was not stored:`, error);
          failed.push(document.repo);
        }
    });
    await sleep(1);
  }
}

/** The whole document is written again for each chunk of names, and a second is slept after each. */
async function writeRunInfo(
  { id, date }: { id: string; date: string },
  totals: object,
  created: readonly string[],
  failed: readonly string[],
  { store, sleep, runInfo }: ScheduleDeps,
): Promise<void> {
  await store.with(runInfo, async (open) => {
    const known = await open.read<{ id: string }>(id, date);
    const lists = { createdList: '', failedList: '' };
    const write = async (): Promise<void> => {
      await open.replace({ ...known, ...totals, ...lists }, date);
      await sleep(1);
    };
    await write();
    for (const [list, names] of [['createdList', created] as const, ['failedList', failed] as const]) {
      const chunks = chunksByBytes(names, CHUNK_BYTES, (name) => name.length + 1);
      for (const chunk of chunks.length > 0 ? chunks : [[]]) {
        lists[list] = [lists[list], ...chunk].filter(Boolean).join(',');
        await write();
      }
    }
  });
}
