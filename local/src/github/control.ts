/** The simulator's own HTTP surface under `/_simulator`: what a test orders, and what the oracle knows. */
import { z } from 'zod';
import type { CallLog } from './call-log.ts';
import { faultNames, type Faults } from './faults.ts';
import { failures, WorldError, type World } from './world.ts';

const facts = z
  .strictObject({
    createdAt: z.string(),
    updatedAt: z.string(),
    pushedAt: z.string(),
    archivedAt: z.string().nullable(),
    isArchived: z.boolean(),
    isTemplate: z.boolean(),
    isFork: z.boolean(),
    isPrivate: z.boolean(),
    openIssues: z.int().min(0),
    closedIssues: z.int().min(0),
    openPRs: z.int().min(0),
    closedPRs: z.int().min(0),
    mergedPRs: z.int().min(0),
    stars: z.int().min(0),
    forks: z.int().min(0),
    watchers: z.int().min(0),
    language: z.string().nullable(),
    licence: z.string().nullable(),
    diskUsage: z.int().min(0),
    topics: z.array(z.string()),
    description: z.string().nullable(),
  })
  .partial();
const repository = z.string().regex(/^[^/]+\/[^/]+$/, 'is not owner/name');

const worldEvent = z.discriminatedUnion('event', [
  z.strictObject({ event: z.literal('rename'), repository, to: z.string() }),
  z.strictObject({ event: z.literal('transfer'), repository, to: z.string() }),
  z.strictObject({ event: z.literal('delete'), repository }),
  z.strictObject({ event: z.literal('add'), owner: z.string(), name: z.string(), facts: facts.optional() }),
  z.strictObject({ event: z.literal('archive'), repository, archived: z.boolean().optional() }),
  z.strictObject({ event: z.literal('make-private'), repository, private: z.boolean().optional() }),
  z.strictObject({ event: z.literal('change'), repository, facts }),
  z.strictObject({ event: z.literal('fail'), target: z.string(), failure: z.enum(failures).nullable() }),
]);
export type WorldEvent = z.infer<typeof worldEvent>;

const kind = z.enum(['listing', 'stats', 'other']);
const seconds = z.number().min(0);
const fault = z.union([
  z.enum(faultNames),
  z.strictObject({
    status: z.int().min(200).max(599),
    body: z.string().optional(),
    headers: z.record(z.string(), z.string()).optional(),
  }),
  z.strictObject({ delay: seconds }),
  z.strictObject({
    rateLimit: z.strictObject({
      resetAfter: seconds,
      form: z.enum(['RATE_LIMIT', 'RATE_LIMITED']).optional(),
    }),
  }),
  z.strictObject({
    secondaryLimit: z.strictObject({
      retryAfter: seconds.nullable(),
      status: z.union([z.literal(200), z.literal(403), z.literal(429)]).optional(),
    }),
  }),
]);
const faultOrder = z.strictObject({
  fault,
  times: z.int().min(1).optional(),
  kind: kind.optional(),
  token: z.string().optional(),
});

function apply(world: World, event: WorldEvent): void {
  switch (event.event) {
    case 'rename':
      return world.rename(event.repository, event.to);
    case 'transfer':
      return world.transfer(event.repository, event.to);
    case 'delete':
      return world.delete(event.repository);
    case 'add':
      return world.add(event.owner, { ...event.facts, name: event.name });
    case 'archive':
      return world.archive(event.repository, event.archived);
    case 'make-private':
      return world.makePrivate(event.repository, event.private);
    case 'change':
      return world.change(event.repository, event.facts);
    case 'fail':
      return world.fail(event.target, event.failure);
  }
}

export interface ControlReply {
  readonly status: number;
  readonly body: unknown;
}

/**
 * `POST events` and `POST faults` take one order or a list of them, `DELETE faults` and `DELETE calls` forget,
 * `GET calls` reports. 400 names what is wrong with an order, 409 an event that cannot happen; the ones before it have.
 */
export function control(
  { world, faults, calls }: { readonly world: World; readonly faults: Faults; readonly calls: CallLog },
  method: string,
  path: string,
  body: string,
): ControlReply {
  try {
    switch (`${method} ${path}`) {
      case 'POST /_simulator/events': {
        const events = z.union([z.array(worldEvent), worldEvent]).parse(JSON.parse(body));
        const list = Array.isArray(events) ? events : [events];
        for (const event of list) apply(world, event);
        return { status: 200, body: { applied: list.length } };
      }
      case 'POST /_simulator/faults': {
        const orders = z.union([z.array(faultOrder), faultOrder]).parse(JSON.parse(body));
        for (const { fault: ordered, ...order } of [orders].flat()) faults.next(ordered, order);
        return { status: 200, body: { pending: faults.pending } };
      }
      case 'DELETE /_simulator/faults':
        faults.clear();
        return { status: 200, body: { pending: 0 } };
      case 'GET /_simulator/calls':
        return { status: 200, body: calls.report() };
      case 'DELETE /_simulator/calls':
        calls.reset();
        return { status: 200, body: calls.report() };
      default:
        return { status: 404, body: { message: `The GitHub simulator has no ${method} ${path}` } };
    }
  } catch (error) {
    if (error instanceof WorldError) return { status: 409, body: { message: error.message } };
    if (error instanceof z.ZodError) return { status: 400, body: { message: z.prettifyError(error) } };
    if (error instanceof SyntaxError) return { status: 400, body: { message: 'The body is not JSON' } };
    throw error;
  }
}
