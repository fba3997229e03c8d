// Reads the change feed under leases and gives each batch to the function: at least once, one batch at a time per range.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Container } from '@azure/cosmos';
import { createBackoff } from './backoff.ts';
import { createLease, LeaseLostError, OwnedLease, readLease } from './cosmos-lease.ts';
import { openFeed, readPage, type FeedIterator, type FeedRange, type StartFrom } from './cosmos-page.ts';
import { messageOf } from './problems.ts';
import { withRetries, type RetryPolicy } from './retry-policy.ts';
import type { TriggerRuntime } from './trigger.ts';

/** Times in ms, names as in the binding. */
export interface ChangeFeedOptions {
  monitored: Container;
  leases: Container;
  /** Begins the id of every lease of this trigger. */
  leasePrefix: string;
  owner: string;
  startFrom: StartFrom;
  maxItemsPerInvocation: number;
  feedPollDelay: number;
  leaseAcquireInterval: number;
  leaseExpirationInterval: number;
  leaseRenewInterval: number;
  retry: RetryPolicy | undefined;
}

interface Lease {
  id: string;
  range: FeedRange;
}

/**
 * For each range of the container: make its lease if there is none, take it when it is free, read and check-point while it is
 * ours, try again later otherwise. Nothing that Cosmos DB answers, or that it is away, ends this before `stop`.
 */
export function runChangeFeed(
  options: ChangeFeedOptions,
  runtime: TriggerRuntime,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;

  async function run(): Promise<void> {
    const leases = await untilDone('The change feed could not be opened', openLeases);
    await Promise.all((leases ?? []).map(holdLease));
  }

  function warn(message: string, error: unknown): void {
    const fields = { error: messageOf(error) };
    runtime.logger.host('warning', message, fields, { function: runtime.functionName });
  }

  /**
   * Repeats the step until it succeeds, and tries at least once, so that a batch that ended during a stop is check-pointed.
   * Undefined when the trigger was stopped before. Only a lost lease is thrown.
   */
  async function untilDone<T>(message: string, step: () => Promise<T>): Promise<T | undefined> {
    const backoff = createBackoff(signal);
    do {
      try {
        return await step();
      } catch (error) {
        if (error instanceof LeaseLostError) throw error;
        if (backoff.fresh && !signal.aborted) warn(`${message}; trying again`, error);
        await backoff.wait();
      }
    } while (!signal.aborted);
    return undefined;
  }

  async function openLeases(): Promise<Lease[]> {
    const { resource } = await options.monitored.read();
    const ranges = await options.monitored.getFeedRanges();
    return await Promise.all(
      ranges.map(async (range) => {
        const { minInclusive, maxExclusive } = range as FeedRange & {
          minInclusive: string;
          maxExclusive: string;
        };
        // As in Azure, with the container's own id: where one of the same name takes its place, the position of the old one is of no use.
        const id = `${options.leasePrefix}_${resource!._rid}..${minInclusive}-${maxExclusive}`;
        if (!(await readLease(options.leases, id)))
          await createLease(options.leases, id, await firstToken(range));
        return { id, range };
      }),
    );
  }

  /** "Now" is fixed when the lease is made, so that a change before the first read is not missed. */
  async function firstToken(range: FeedRange): Promise<string | null> {
    if (options.startFrom !== 'now') return null;
    const iterator = await openFeed(options.monitored, range, 'now', null, options.maxItemsPerInvocation);
    return (await readPage(iterator)).continuation;
  }

  async function holdLease({ id, range }: Lease): Promise<void> {
    while (!signal.aborted) {
      const owned = await untilDone('A lease could not be taken', () =>
        OwnedLease.acquire(options.leases, id, options.owner, options.leaseExpirationInterval),
      );
      if (owned) await readWhileOwned(owned, range);
      else await pause(options.leaseAcquireInterval, signal);
    }
  }

  async function readWhileOwned(lease: OwnedLease, range: FeedRange): Promise<void> {
    const lost = new AbortController();
    const renewals = setInterval(() => {
      lease.renew().catch((error: unknown) => {
        // Cosmos DB being away does not take the lease from us; another owner does.
        if (error instanceof LeaseLostError) lost.abort();
      });
    }, options.leaseRenewInterval);
    try {
      await readBatches(lease, range, AbortSignal.any([signal, lost.signal]));
    } catch (error) {
      warn('Reading the change feed ended', error);
    } finally {
      clearInterval(renewals);
      await lease.release().catch(() => undefined); // it expires by itself
    }
  }

  async function readBatches(lease: OwnedLease, range: FeedRange, until: AbortSignal): Promise<void> {
    const { monitored, startFrom, maxItemsPerInvocation, feedPollDelay } = options;
    let iterator: FeedIterator | undefined;
    const next = async () => {
      try {
        iterator ??= await openFeed(monitored, range, startFrom, lease.continuation, maxItemsPerInvocation);
        return await readPage(iterator);
      } catch (error) {
        iterator = undefined;
        throw error;
      }
    };
    while (!until.aborted) {
      const page = await untilDone('The change feed could not be read', next);
      if (!page || until.aborted) return;
      if (page.documents.length === 0) {
        await pause(feedPollDelay, until);
      } else if (await handleBatch(page.documents, until)) {
        await untilDone('A checkpoint failed', () => lease.checkpoint(page.continuation));
      }
    }
  }

  /** False when the host stops, or the lease is lost, before the batch succeeded: it comes again then. */
  async function handleBatch(documents: unknown[], until: AbortSignal): Promise<boolean> {
    const data = { json: JSON.stringify(documents) };
    try {
      await withRetries(options.retry, until, (retryContext) =>
        runtime.invoke({ data, ...(retryContext && { retryContext }) }),
      );
      return true;
    } catch {
      // As in Azure: a batch whose retries are spent is logged, check-pointed and lost.
      return !until.aborted;
    }
  }

  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}
