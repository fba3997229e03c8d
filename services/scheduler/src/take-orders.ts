/**
 * Carries out what people ordered on the page, the oldest first. For each order it ends in one of these ways:
 * - done, with what came of it;
 * - refused, in words: its run, batch or letter is not there, or it failed too often;
 * - the platform is away, or something unforeseen happened: it stays due, and the next sweep tries again.
 * A crash before an order is marked carries it out twice, which is harmless: what was pending already is not marked anew.
 */
import type { Order, OrderGiven } from '@github-repo-stats/shared/orders';
import { errorFields, type Log } from '@github-repo-stats/shared/log';
import { isOutage } from '@github-repo-stats/shared/settlement';

/** What an order cannot be carried out for, in words for whoever gave it. */
export class OrderRefused extends Error {}

export interface OrderStore {
  /** Those that are due, with their etags, the oldest first. */
  due: () => Promise<{ document: Order; etag: string }[]>;
  /** Nothing when somebody else marked it meanwhile. */
  mark: (order: Order, etag: string) => Promise<void>;
}

export interface OrderDeps {
  store: OrderStore;
  /** Resolves to what came of it; throws OrderRefused. */
  carryOut: (order: OrderGiven) => Promise<Record<string, unknown>>;
  now: () => Date;
  log: Log;
}

/** Tries of an order that fails unforeseen. */
const MOST_TRIES = 10;

export async function takeOrders(deps: OrderDeps): Promise<void> {
  for (const { document, etag } of await deps.store.due()) {
    const ended = await ending(document, deps);
    const { kind } = document.order;
    deps.log(ended.status === 'refused' ? 'warn' : 'info', 'order taken', {
      order: document.id,
      kind,
      status: ended.status,
      problem: ended.problem ?? '',
    });
    await deps.store.mark(ended, etag);
  }
}

async function ending(order: Order, { carryOut, now, log }: OrderDeps): Promise<Order> {
  const tried = { ...order, tries: order.tries + 1 };
  const refused = (problem: string): Order => ({
    ...tried,
    status: 'refused',
    problem: problem.slice(0, 300),
    endedAt: now().toISOString(),
  });
  try {
    const result = await carryOut(order.order);
    return { ...tried, status: 'done', result, endedAt: now().toISOString() };
  } catch (error) {
    if (error instanceof OrderRefused) return refused(error.message);
    // A platform that is away does not count: the order waits for it.
    if (isOutage(error)) return order;
    log('error', 'an order failed', { order: order.id, ...errorFields(error) });
    return tried.tries < MOST_TRIES ? tried : refused(`failed ${MOST_TRIES} times: ${String(error)}`);
  }
}
