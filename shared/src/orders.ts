/**
 * What people order on the page and the scheduler carries out: documents, so that none is lost while the scheduler is away, and so that the
 * app which serves the page needs no right on any queue. Container run-info, partition `orders`.
 */
import * as z from 'zod';
import { ALL_QUEUES, type AnyQueueName } from './topology.ts';

const time = z.iso.datetime();
const runId = z.string().regex(/^\d{9,11}$/, 'is not a run id');
const queue = z.enum(Object.keys(ALL_QUEUES) as [AnyQueueName, ...AnyQueueName[]]);
const sequenceNumber = z.string().regex(/^\d{1,19}$/, 'is not a sequence number');

/**
 * The failed repositories and sources of a run again, or whole batches; the event of a run that was held back; dead letters sent back to
 * work, or one of them removed.
 */
export const OrderGiven = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('rerun'),
    run: runId,
    batches: z.array(z.string().max(64)).min(1).max(1000).optional(),
  }),
  z.strictObject({ kind: z.literal('release'), run: runId }),
  z.strictObject({
    kind: z.literal('resubmit'),
    queue,
    sequenceNumbers: z.array(sequenceNumber).min(1).max(500).optional(),
  }),
  z.strictObject({ kind: z.literal('discard'), queue, sequenceNumber }),
]);
export type OrderGiven = z.infer<typeof OrderGiven>;

export const ORDERS = 'orders';
/** Seconds for which an order can be looked at. */
const KEPT_SECONDS = 30 * 86_400;

export const Order = z.object({
  id: z.string(),
  runId: z.literal(ORDERS),
  type: z.literal('order'),
  order: OrderGiven,
  orderedAt: time,
  /** due; done, with what came of it; refused, with the reason. */
  status: z.enum(['due', 'done', 'refused']),
  tries: z.int().min(0),
  endedAt: time.optional(),
  result: z.record(z.string(), z.unknown()).optional(),
  problem: z.string().optional(),
  ttl: z.int(),
});
export type Order = z.infer<typeof Order>;

/** @param id chosen by whoever orders: the same one twice is one order. */
export const newOrder = (id: string, order: OrderGiven, now: Date): Order => ({
  id,
  runId: ORDERS,
  type: 'order',
  order,
  orderedAt: now.toISOString(),
  status: 'due',
  tries: 0,
  ttl: KEPT_SECONDS,
});
