/** The writer's documents beside the statistics themselves: rows in run-info, records of repositories in repos. */
import type { Container } from '@azure/cosmos';
import { knownRepositoryId, type KnownRepository } from '@github-repo-stats/shared/known-repository';
import { mergeRows, rowsId, secondsLeft, type Rows } from '@github-repo-stats/shared/rows';
import { createOnce, readDocument, replaceIfUnchanged } from '@github-repo-stats/shared/run-info';
import { askedAgain, isDone, isOfContainer, isPutOff, outageOf } from './answer.ts';
import type { KnownStore } from './find-change.ts';
import { gathered, type Answer, type Gathered, type Operation } from './gathered.ts';
import { paidRequests, type AskAgain } from './paid-request.ts';
import { unpaced } from './request-units.ts';
import type { WriterDeps } from './write-batch.ts';

/** @param now epoch seconds. */
export const rowsStore = (runInfo: Container, now: () => number): WriterDeps['rows'] => ({
  async update(batch, rows) {
    const ttl = secondsLeft(batch.runId, now());
    // A part of what once was there would pass for all of it.
    if (ttl <= 0) return;
    const fresh = mergeRows(undefined, batch, rows, ttl);
    if (!fresh || (await createOnce(runInfo, fresh))) return;
    for (;;) {
      const stored = await readDocument<Rows>(runInfo, rowsId(batch.batchId), batch.runId);
      const next = mergeRows(stored?.document, batch, rows, ttl);
      if (!next) return;
      // A loser of the race reads again: somebody else made progress, so this ends.
      const won = stored
        ? (await replaceIfUnchanged(runInfo, next, batch.runId, stored.etag)) !== undefined
        : await createOnce(runInfo, next);
      if (won) return;
    }
  },
});

/** For so long a record is asked for again that is throttled, as by the SDK where it sends single requests. */
const PATIENCE_MS = 20_000;

/** The container has throughput of its own, so nothing is counted against the budget; what is throttled is waited out. */
export function knownStore(repos: Container, sleep: (ms: number) => Promise<void>): KnownStore {
  const writes = gathered(repos, { keepsWritten: false });
  const reads = gathered(repos, { keepsWritten: true });
  const ask = async (through: Gathered, operation: Operation): Promise<Answer> => {
    const until = performance.now() + PATIENCE_MS;
    const patienceMs = (): number => until - performance.now();
    const requests = paidRequests({ pacer: unpaced(), sleep, patienceMs });
    const send = async (): Promise<{ kind: 'answered'; ru: number; answer: Answer } | AskAgain> => {
      const answer = await through.send(operation);
      return isPutOff(answer) ? askedAgain(answer) : { kind: 'answered', ru: answer.ru, answer };
    };
    return (await requests.send(operation.operationType === 'Read' ? 'read' : 'write', send)).answer;
  };
  /** False when the answer is that somebody else was first. */
  const won = (answer: Answer, ...lost: readonly number[]): boolean => {
    if (isDone(answer)) return true;
    if (lost.includes(answer.status) && !isOfContainer(answer)) return false;
    throw outageOf(answer);
  };
  return {
    async read(repoId) {
      const id = knownRepositoryId(repoId);
      const answer = await ask(reads, { operationType: 'Read', id, partitionKey: id });
      if (!won(answer, 404)) return undefined;
      return { document: answer.document as KnownRepository, etag: answer.etag ?? '' };
    },
    create: async (record) =>
      won(
        await ask(writes, { operationType: 'Create', partitionKey: record.id, resourceBody: { ...record } }),
        409,
      ),
    replace: async (record, ifMatch) => {
      const { id } = record;
      const operation = {
        operationType: 'Replace',
        id,
        partitionKey: id,
        resourceBody: { ...record },
        ifMatch,
      } as const;
      return won(await ask(writes, operation), 412, 404);
    },
  };
}
