/** What each kind of order does, in the words of what came of it. */
import type { OrderGiven } from '@github-repo-stats/shared/orders';
import { discardLetter } from './discard-letter.ts';
import { MOST_LETTERS, letterQueueNames, sendBack, type SendBackDeps } from './send-back.ts';
import { releaseEvent, type ReleaseStore } from './release-event.ts';
import { rerun, type RerunDeps } from './rerun.ts';
import { OrderRefused } from './take-orders.ts';

export interface CarryOutDeps {
  isKnownRun(runId: string): Promise<boolean>;
  rerun: RerunDeps;
  release: ReleaseStore;
  deadLetters: SendBackDeps;
}

export async function carryOut(order: OrderGiven, deps: CarryOutDeps): Promise<Record<string, unknown>> {
  const names = letterQueueNames(deps.deadLetters.queues);
  if ('queue' in order && !names.includes(order.queue))
    throw new OrderRefused(`There is no queue ${order.queue} here, only ${names.join(', ')}`);
  switch (order.kind) {
    case 'rerun': {
      const { run, batches } = order;
      if (!(await deps.isKnownRun(run))) throw new OrderRefused(`There is no run ${run}`);
      const result = await rerun(run, batches, deps.rerun);
      if (result.kind === 'unknown-batches')
        throw new OrderRefused(`Not in run ${run}: ${result.batchIds.slice(0, 10).join(', ')}`);
      const { sources, batches: sent, repositories } = result;
      return { sources, batches: sent, repositories };
    }
    case 'release':
      return { ...(await releaseEvent(order.run, deps.release)) };
    case 'resubmit':
      return resubmitted(order, deps);
    case 'discard':
      return discarded(order, deps);
  }
}

async function resubmitted(
  { queue, sequenceNumbers }: Extract<OrderGiven, { kind: 'resubmit' }>,
  { deadLetters }: CarryOutDeps,
): Promise<Record<string, unknown>> {
  const { sent, settled, left, missing, more } = await sendBack(queue, sequenceNumbers, deadLetters);
  return { sent, settled, left: left.slice(0, MOST_TOLD), missing: missing.length, more };
}

/** Letters that could not be sent back and are named in the result: each has its problem. */
const MOST_TOLD = MOST_LETTERS / 10;

async function discarded(
  { queue, sequenceNumber }: Extract<OrderGiven, { kind: 'discard' }>,
  { deadLetters }: CarryOutDeps,
): Promise<Record<string, unknown>> {
  const messageId = await discardLetter(queue, sequenceNumber, deadLetters.letters.take);
  if (messageId === undefined)
    throw new OrderRefused(`There is no dead letter ${sequenceNumber} in ${queue} that can be had now`);
  return { messageId };
}
