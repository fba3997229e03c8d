/** The writer's documents beside the statistics themselves: rows in run-info; in repos what a batch saw first, and records of repositories. */
import type { Container } from '@azure/cosmos';
import { firstSightsId, mergeFirstSights, type FirstSights } from '@github-repo-stats/shared/first-sights';
import { readKnown } from '@github-repo-stats/shared/read-known';
import { mergeRows, rowsId, secondsLeft, type Rows } from '@github-repo-stats/shared/rows';
import { createOnce, readDocument, replaceIfUnchanged } from '@github-repo-stats/shared/run-info';
import type { KnownStore } from './find-change.ts';
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

export const sightsStore = (repos: Container): WriterDeps['sights'] => ({
  async note(batch, documents) {
    const id = firstSightsId(batch.runId, batch.batchId);
    const fresh = mergeFirstSights(undefined, batch, documents);
    if (!fresh || (await createOnce(repos, fresh))) return;
    for (;;) {
      const stored = await readDocument<FirstSights>(repos, id, id);
      const next = mergeFirstSights(stored?.document, batch, documents);
      if (!next) return;
      const won = stored
        ? (await replaceIfUnchanged(repos, next, id, stored.etag)) !== undefined
        : await createOnce(repos, next);
      if (won) return;
    }
  },
});

export const knownStore = (repos: Container): KnownStore => ({
  read: (repoId) => readKnown(repos, repoId),
  create: (record) => createOnce(repos, record),
  replace: async (record, etag) => (await replaceIfUnchanged(repos, record, record.id, etag)) !== undefined,
});
