/** GET api/orders/{id}: what came of an order, told by whoever may read. */
import type { Order } from '@github-repo-stats/shared/orders';
import * as z from 'zod';
import { OrderState } from './contract.ts';
import type { OrderStore } from './order-store.ts';
import { notThere, unusable } from './problem.ts';
import { route, type Route } from './route.ts';

export const ORDER_PATH = 'orders/{id}';
/** No page of another site can send this header without being asked about (CORS), and nobody is told that it may. */
export const REQUESTED_BY = 'x-requested-by';
/** Long enough that two people do not choose the same, and that it is never the id of what else lies beside orders. */
const ORDER_ID = /^[A-Za-z0-9-]{16,64}$/;

/** @throws RequestProblem for what is no id. */
export function orderIdIn(text: string): string {
  if (!ORDER_ID.test(text))
    throw unusable(
      'id: is not 16 to 64 letters, digits and hyphens; choose a UUID, and the same one to ask again',
    );
  return text;
}

export const stateOf = ({ id, order, orderedAt, status, endedAt, result, problem }: Order, now: Date) => ({
  asOf: now.toISOString(),
  id,
  order,
  orderedAt,
  status,
  endedAt: endedAt ?? null,
  result: result ?? null,
  problem: problem ?? null,
});

export const orders = ({ orders: store, now }: { orders: OrderStore; now: () => Date }): Route =>
  route({
    path: ORDER_PATH,
    about: 'An order, and what came of it',
    query: z.strictObject({}),
    answer: OrderState,
    async handle({ params }) {
      const order = await store.order(orderIdIn(params['id']!));
      if (!order) throw notThere('There is no such order; orders are kept for 30 days');
      return stateOf(order, now());
    },
  });
