/** Outcomes and a reporter's world in memory, for tests: documents with etags, and progress summed as Cosmos DB would. */
import type { Outcome, OutcomeEntry, Run } from '@github-repo-stats/shared/documents';
import { emptyOutcome } from '@github-repo-stats/shared/outcome';
import { RUN_ID } from '@github-repo-stats/shared/run.fixture';
import type { Progress } from '@github-repo-stats/shared/progress';
import type { Quality } from './quality/quality.ts';
import type { ListingCosts, ReporterDeps } from './check-run.ts';

/** An outcome whose counts are those of its entries. */
export function outcomeOf(
  batchId: string,
  entries: Record<string, OutcomeEntry>,
  more: Partial<Outcome> = {},
): Outcome {
  const of = (state: OutcomeEntry['state']): number =>
    Object.values(entries).filter((e) => e.state === state).length;
  const counts = {
    created: of('created'),
    failed: of('failed'),
    duplicate: of('duplicate'),
    pending: of('pending'),
  };
  return { ...emptyOutcome(RUN_ID, batchId), entries, ...counts, ...more };
}

export async function* streamOf<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}

/** What the reporter reads, and what it did; `beforeReplace` is what somebody else does just before it writes. */
export function reporterWorld(run: Run | undefined, state: { planned: number; resolved?: number }) {
  const world = {
    run,
    etag: 1,
    planned: state.planned,
    resolved: state.resolved ?? 1,
    outcomes: [] as Outcome[],
    failedSources: [] as Run['failedSources'],
    sourcesReopened: 0,
    listing: { calls: 0, points: 0, seconds: 0 } as ListingCosts,
    quality: undefined as Quality | undefined,
    summarised: [] as Run[],
    announced: [] as string[],
    delivered: [] as Run[],
    replaced: 0,
    now: new Date('2021-01-20T07:30:00.000Z'),
    beforeReplace: [] as (() => void)[],
  };
  const sum = (key: 'created' | 'failed' | 'duplicate' | 'pending' | 'reopened'): number =>
    world.outcomes.reduce((total, o) => total + o[key], 0);
  const measure = (): Progress => ({
    sourcesResolved: world.resolved,
    failedSources: world.failedSources.length,
    planned: world.planned,
    created: sum('created'),
    failed: sum('failed'),
    duplicate: sum('duplicate'),
    pending: sum('pending'),
    reopened: sum('reopened') + world.sourcesReopened,
    sourcesReopened: world.sourcesReopened,
  });
  const write = (next: Run): void => {
    world.run = structuredClone(next);
    world.etag++;
  };
  const deps: ReporterDeps = {
    store: {
      readRun: () =>
        Promise.resolve(world.run && { document: structuredClone(world.run), etag: String(world.etag) }),
      measure: () => Promise.resolve(measure()),
      outcomes: () => streamOf(world.outcomes),
      listingCosts: () => Promise.resolve(world.listing),
      failedSources: () => Promise.resolve(world.failedSources),
      replaceRun: (next, etag) => {
        world.beforeReplace.shift()?.();
        if (etag !== String(world.etag)) return Promise.resolve(false);
        write(next);
        world.replaced++;
        return Promise.resolve(true);
      },
    },
    summarise: (summed) => {
      world.summarised.push(summed);
      return Promise.resolve(world.quality ? { quality: world.quality } : {});
    },
    announce: (_runId, revision, kind, isHeld) => {
      // Once, as the notices documents are created.
      const notice = `${kind} ${revision}${isHeld ? ', event held' : ''}`;
      if (!world.announced.includes(notice)) world.announced.push(notice);
      return Promise.resolve();
    },
    deliver: (told) => Promise.resolve(void world.delivered.push(told)),
    now: () => world.now,
    log: () => undefined,
  };
  return Object.assign(world, { deps, write });
}
