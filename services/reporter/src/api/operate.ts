/**
 * POST api/orders/{id}: stores an order for the scheduler. The id is chosen by whoever orders. Ends in one of these ways:
 * - stored: 202, with where to ask what came of it;
 * - the same order is there already, carried out or not: 200, with what came of it;
 * - another order has that id: 409;
 * - too many orders are due: 429;
 * - the request comes from another site's page, or is no order: 4xx, in words.
 */
import { isDeepStrictEqual } from 'node:util';
import type { HttpRequest } from '@azure/functions';
import { newOrder, OrderGiven } from '@github-repo-stats/shared/orders';
import type { Log } from '@github-repo-stats/shared/log';
import type { Access } from './access.ts';
import { answering, type Handler } from './answering.ts';
import type { OrderStore } from './order-store.ts';
import { ORDER_PATH, orderIdIn, REQUESTED_BY, stateOf } from './orders.ts';
import { notThere, RequestProblem, unusable } from './problem.ts';
import { match, partsOf } from './router.ts';
import type { Answer } from './respond.ts';

export interface OperateDeps {
  orders: OrderStore;
  now: () => Date;
  access: Access;
}

const MOST_BYTES = 64 * 1024;
/** Carried out in a few minutes; more is no person. */
const MOST_DUE = 100;
const SWEEP_SECONDS = 60;
const MOST_PROBLEMS = 20;

/** @returns the handler of the one function that changes something. */
export const operate = (deps: OperateDeps): Handler =>
  answering({ access: deps.access, role: 'operator' }, async (request, log, who) => {
    refuseOtherSites(request);
    const params = match(ORDER_PATH, partsOf(new URL(request.url).pathname));
    if (!params) throw notThere('Nothing can be changed there; api/openapi.json lists what can be ordered');
    return ordered(orderIdIn(params['id']!), await orderIn(request), deps, { log, who });
  });

async function ordered(
  id: string,
  given: OrderGiven,
  { orders, now }: OperateDeps,
  { log, who }: { log: Log; who: string | undefined },
): Promise<Answer> {
  const before = await orders.order(id);
  if (before) return again(before, given);
  if ((await orders.due()) >= MOST_DUE)
    throw new RequestProblem(
      429,
      'Too many orders are due',
      `${MOST_DUE} orders wait for the scheduler, which looks once a minute; order again when some are done, and look at the log of the scheduler if none are`,
      { retryAfter: SWEEP_SECONDS },
    );
  const order = newOrder(id, given, now());
  if (!(await orders.create(order))) return again((await orders.order(id)) ?? order, given);
  log('info', 'order given', { order: id, kind: given.kind, givenBy: who });
  return answerOf(202, order);

  function again(known: typeof order, wanted: OrderGiven): Answer {
    if (isDeepStrictEqual(known.order, wanted)) return answerOf(200, known);
    throw new RequestProblem(
      409,
      'Another order has this id',
      `id: api/orders/${id} is another order, which stands; choose a new id for this one`,
    );
  }
  function answerOf(status: number, known: typeof order): Answer {
    return {
      status,
      type: 'application/json',
      headers: { location: `/api/orders/${id}`, 'cache-control': 'no-store' },
      body: JSON.stringify(stateOf(known, now())),
    };
  }
}

/** @throws RequestProblem for what a page of another site could have sent. */
function refuseOtherSites({ headers }: HttpRequest): void {
  const site = headers.get('sec-fetch-site');
  if (site !== null && site !== 'same-origin')
    throw new RequestProblem(
      403,
      'Another site cannot order',
      'sec-fetch-site: is not same-origin; order on the page of this app itself, or by a program',
    );
  if (!headers.get(REQUESTED_BY)?.trim())
    throw new RequestProblem(
      403,
      'Another site cannot order',
      `${REQUESTED_BY}: is missing; send it with the name of who asks, as ${REQUESTED_BY}: curl`,
    );
}

/** @throws RequestProblem for a body that is no order. */
async function orderIn(request: HttpRequest): Promise<OrderGiven> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json')
    throw new RequestProblem(
      415,
      'The body is not called JSON',
      'content-type: is not application/json; send the order as JSON, and say so',
    );
  const bytes = Buffer.from(await request.arrayBuffer());
  if (bytes.byteLength > MOST_BYTES)
    throw new RequestProblem(
      413,
      'The body is too large',
      'body: has more than 64 KB; order it in several orders, each with an id of its own',
    );
  const parsed = OrderGiven.safeParse(jsonOf(bytes));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues
    .slice(0, MOST_PROBLEMS)
    .map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`.slice(0, 300));
  throw unusable(`${problems.join('; ')}; api/openapi.json says what an order is`);
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString()) as unknown;
  } catch {
    // Not what is there: it may be a secret that was sent to the wrong place.
    throw unusable('body: is not JSON; send an order, as {"kind":"rerun","run":"1611127298"}');
  }
}
