/** The writer's documents beside the statistics themselves: rows in run-info; in repos what a batch saw first, and records of repositories. */
import type { Container } from '@azure/cosmos';
import { firstSightsId, mergeFirstSights, type FirstSights } from '@github-repo-stats/shared/first-sights';
import { readKnown } from '@github-repo-stats/shared/read-known';
import { mergeRows, rowsId, secondsLeft, type Rows } from '@github-repo-stats/shared/rows';
import { createOnce, readDocument, replaceIfUnchanged } from '@github-repo-stats/shared/run-info';
import type { KnownStore } from './find-change.ts';
import type { WriterDeps } from './write-batch.ts';

/** Creates what is made of nothing, or merges into what is there, however many do so at the same time. */
async function mergeInto<T extends { id: string }>(
  container: Container,
  { id, partition }: { id: string; partition: string },
  merged: (now: T | undefined) => T | undefined,
): Promise<void> {
  const fresh = merged(undefined);
  if (!fresh || (await createOnce(container, fresh))) return;
  for (;;) {
    const stored = await readDocument<T>(container, id, partition);
    const next = merged(stored?.document);
    if (!next) return;
    // A loser of the race reads again: somebody else made progress, so this ends.
    const won = stored
      ? (await replaceIfUnchanged(container, next, partition, stored.etag)) !== undefined
      : await createOnce(container, next);
    if (won) return;
  }
}

/** @param now epoch seconds. */
export const rowsStore = (runInfo: Container, now: () => number): WriterDeps['rows'] => ({
  async update(batch, rows) {
    const ttl = secondsLeft(batch.runId, now());
    // A part of what once was there would pass for all of it.
    if (ttl <= 0) return;
    const at = { id: rowsId(batch.batchId), partition: batch.runId };
    await mergeInto<Rows>(runInfo, at, (stored) => mergeRows(stored, batch, rows, ttl));
  },
});

export const sightsStore = (repos: Container): WriterDeps['sights'] => ({
  async note(batch, documents) {
    const id = firstSightsId(batch.runId, batch.batchId);
    await mergeInto<FirstSights>(repos, { id, partition: id }, (stored) =>
      mergeFirstSights(stored, batch, documents),
    );
  },
});

export const knownStore = (repos: Container): KnownStore => ({
  read: (repoId) => readKnown(repos, repoId),
  create: (record) => createOnce(repos, record),
  replace: async (record, etag) => (await replaceIfUnchanged(repos, record, record.id, etag)) !== undefined,
});
