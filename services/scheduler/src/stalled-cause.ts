/** Why a run does not move, as far as the queues tell: what lies in each of them, how much of it is the run's, and what died there. */
import Long from 'long';
import type { ServiceBus } from '@github-repo-stats/shared/clients/service-bus';
import { runIdOfBody } from '@github-repo-stats/shared/messages';
import { QUEUES, type QueueName } from '@github-repo-stats/shared/topology';

/** Messages that are looked at of each queue: more are "100 or more". */
const LOOKED_AT = 100;

/** What lies in a queue; those under way or due later are counted too. */
export interface QueueSight {
  queue: QueueName;
  waiting: number;
  ofRun: number;
  dead: number;
}
/** A queue that could not be looked at, and why. */
export interface QueueUnseen {
  queue: QueueName;
  problem: string;
}

/** Looks at a queue without taking a lock; whatever hinders that may be the cause itself, so it is told. */
export async function lookAt(
  serviceBus: Pick<ServiceBus, 'use'>,
  queue: QueueName,
  runId: string,
): Promise<QueueSight | QueueUnseen> {
  const peek = (subQueueType?: 'deadLetter') =>
    serviceBus.use(async (client) => {
      const receiver = client.createReceiver(QUEUES[queue].name, { ...(subQueueType && { subQueueType }) });
      try {
        return await receiver.peekMessages(LOOKED_AT, { fromSequenceNumber: Long.ZERO });
      } finally {
        await receiver.close();
      }
    });
  try {
    const waiting = await peek();
    const dead = await peek('deadLetter');
    const ofRun = waiting.filter(({ body }) => runIdOfBody(body) === runId).length;
    return { queue, waiting: waiting.length, ofRun, dead: dead.length };
  } catch (error) {
    const { code, name } = error as { code?: unknown; name?: unknown };
    return { queue, problem: String(code ?? name) };
  }
}

const counted = (n: number, one: string): string =>
  n === 0
    ? `no ${one}`
    : n >= LOOKED_AT
      ? `${LOOKED_AT} ${one}s or more`
      : `${n} ${one}${n === 1 ? '' : 's'}`;

function textOf(sight: QueueSight | QueueUnseen): string {
  if ('problem' in sight) return `${sight.queue} cannot be looked at (${sight.problem})`;
  const ofRun = sight.waiting > 0 ? ` (${sight.ofRun} of this run)` : '';
  return `${sight.queue} has ${counted(sight.waiting, 'message')}${ofRun} and ${counted(sight.dead, 'dead letter')}`;
}

/** One paragraph for people: the run document, the API and the mail show it. */
export const stalledCause = (sights: readonly (QueueSight | QueueUnseen)[]): string =>
  `Nothing was resolved, fetched or written. ${sights.map(textOf).join('; ')}.`;
