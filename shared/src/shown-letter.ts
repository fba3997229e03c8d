/** A dead letter as the API, the command and the page show it, and what the scheduler's sweep last saw of them. */
import * as z from 'zod';
import { ORDERS } from './orders.ts';

export const ShownLetter = z.object({
  queue: z.string(),
  /** Its number in the dead-letter queue, in digits: names it for as long as it lies there. */
  sequenceNumber: z.string(),
  messageId: z.string(),
  /** ISO 8601. */
  enqueuedAt: z.string().optional(),
  /** Why Service Bus dead-lettered it. */
  reason: z.string(),
  runId: z.string().optional(),
  sourceId: z.string().optional(),
  page: z.number().optional(),
  batchId: z.string().optional(),
  attempt: z.number().optional(),
  /** How many; absent for all of a batch. */
  repositories: z.number().optional(),
  /** Why the message cannot be understood. */
  problem: z.string().optional(),
});
export type ShownLetter = z.infer<typeof ShownLetter>;

export const DEAD_LETTERS_ID = 'dead-letters';

/** Container run-info, partition `orders`, one document: for an app that has no right to look into queues. */
export const DeadLettersSeen = z.object({
  id: z.literal(DEAD_LETTERS_ID),
  runId: z.literal(ORDERS),
  type: z.literal('dead-letters'),
  seenAt: z.iso.datetime(),
  queues: z.array(
    z.object({
      queue: z.string(),
      /** Up to a hundred are counted. */
      count: z.int().min(0),
      oldestAt: z.string().nullable(),
      /** The oldest ones. */
      letters: z.array(ShownLetter),
    }),
  ),
});
export type DeadLettersSeen = z.infer<typeof DeadLettersSeen>;
