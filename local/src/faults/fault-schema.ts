/** The forms of the faults that can be ordered of the embedded Cosmos DB, Service Bus and sinks. */
import { z } from 'zod';

/** `*` stands for any characters, also none. */
const pattern = z.string().min(1);
/** Before: what is hit is not carried out. After: it is carried out, and its answer is not sent. */
const when = z.enum(['before', 'after']).default('before');

/** SIGKILL for this app, and only when it is dead the component goes on: a crash point. */
const kill = z.strictObject({ kill: z.string().min(1), when });
/** The connection is closed instead of an answer. */
const reset = z.strictObject({ reset: z.literal('connection'), when });
const delay = z.strictObject({ delayMs: z.int().min(1).max(600_000) });

/** Which of those that fit are hit. */
const count = {
  /** How many are hit; 1 by default. */
  times: z.int().min(1).optional(),
  /** Instead of `times`: the share that is hit until the order is taken back; drawn by the seed, 1 is all. */
  rate: z.number().gt(0).max(1).optional(),
  seed: z.int().default(1),
  /** The first that is hit, counted from 1. */
  nth: z.int().min(1).default(1),
};

const notBoth = ({ times, rate }: { times?: number | undefined; rate?: number | undefined }): boolean =>
  times === undefined || rate === undefined;
const BOTH = 'has both times and rate';

export const cosmosOperations = [
  'create',
  'upsert',
  'replace',
  'patch',
  'delete',
  'read',
  'query',
  'batch',
  'feed',
] as const;

/** No room for another page in the component's file until the order is taken back; each write that is refused for it is a hit. */
const diskFull = z.strictObject({ operation: z.literal('disk-full'), rate: z.literal(1).default(1) });
type DiskFull = z.output<typeof diskFull>;
export const isDiskFull = (order: AnyFault): order is DiskFull =>
  'operation' in order && order.operation === 'disk-full';

const requestFault = z
  .strictObject({
    fault: z.union([
      z.strictObject({
        status: z.literal([429, 449, 503, 500, 408, 400, 403, 413]),
        /** Said in x-ms-substatus; by default that of the status, if it has one. */
        substatus: z.int().min(1).optional(),
        /** Said in x-ms-retry-after-ms. */
        retryAfterMs: z.int().min(0).optional(),
      }),
      reset,
      delay,
      kill,
    ]),
    /** Those that are left out fit anything. */
    operation: z.enum(cosmosOperations).optional(),
    container: pattern.optional(),
    /** Id of the item; of a batch, of one of its items. Queries and feeds have none. */
    id: pattern.optional(),
    /** Text of the partition key; what has none does not fit. */
    partition: pattern.optional(),
    ...count,
  })
  .refine(notBoth, BOTH);
export const cosmosFault = z.discriminatedUnion('operation', [requestFault, diskFull]);
export type CosmosFault = z.infer<typeof cosmosFault>;
/** Of those, what hits requests about items. */
export type RequestFault = z.infer<typeof requestFault>;
export type RequestFaultGiven = z.input<typeof requestFault>;

const ofQueue = { queue: pattern.optional(), ...count };
/** Id of the message; of a transfer of many, of one of them. */
const message = pattern.optional();

export const serviceBusFault = z.discriminatedUnion('operation', [
  /** Messages arrive or are scheduled. */
  z
    .strictObject({
      operation: z.literal('send'),
      fault: z.union([
        /** `com.microsoft:server-busy`, as while the service is overloaded. */
        z.literal('refuse'),
        /** Taken, and there for receivers so much later. */
        z.strictObject({ lateMs: z.int().min(1) }),
        reset,
        kill,
      ]),
      message,
      ...ofQueue,
    })
    .refine(notBoth, BOTH),
  /** A receiver gets a message. */
  z
    .strictObject({
      operation: z.literal('deliver'),
      fault: z.union([
        /** The lock is lost so long after the delivery, so that the message comes again while its handler works. */
        z.strictObject({ lockLostAfterMs: z.int().min(0) }),
        z.strictObject({ kill: z.string().min(1) }),
      ]),
      message,
      ...ofQueue,
    })
    .refine(notBoth, BOTH),
  /** A receiver completes, abandons, defers or dead-letters a message. */
  z
    .strictObject({ operation: z.literal('settle'), fault: z.union([reset, kill]), message, ...ofQueue })
    .refine(notBoth, BOTH),
  /** At once: all connections, or those with a link to this queue, are cut. */
  z.strictObject({ operation: z.literal('cut'), queue: pattern.optional(), times: z.literal(1).default(1) }),
  diskFull,
]);
export type ServiceBusFault = z.infer<typeof serviceBusFault>;

export const sinkFault = z
  .strictObject({
    fault: z.union([z.strictObject({ status: z.int().min(400).max(599) }), reset, delay, kill]),
    sink: z.enum(['event-grid', 'send-grid']),
    ...count,
  })
  .refine(notBoth, BOTH);
export type SinkFault = z.infer<typeof sinkFault>;

/** By component, what can be ordered of it. */
export const faultSchemas = {
  cosmos: cosmosFault,
  'service-bus': serviceBusFault,
  sinks: sinkFault,
} as const;
export type FaultyComponent = keyof typeof faultSchemas;
/** As they are written: what has a default may be left out. */
export type FaultGiven<N extends FaultyComponent> = z.input<(typeof faultSchemas)[N]>;
export type FaultOf<N extends FaultyComponent> = z.output<(typeof faultSchemas)[N]>;
export type AnyFault = FaultOf<FaultyComponent>;

/** An order that cannot be carried out; the message says which one and why. */
export class FaultRefused extends Error {
  readonly code = 'fault-refused';
}

export const isFaulty = (component: string): component is FaultyComponent =>
  Object.hasOwn(faultSchemas, component);

/** @throws FaultRefused naming everything that is wrong. */
export function readFaults(component: string, given: readonly unknown[]): AnyFault[] {
  if (!isFaulty(component))
    throw new FaultRefused(
      `Of ${component} no faults can be ordered, only of ${Object.keys(faultSchemas).join(', ')}`,
    );
  const parsed = z.array(faultSchemas[component]).safeParse(given);
  if (parsed.success) return parsed.data;
  throw new FaultRefused(`Of ${component} this cannot be ordered:\n${z.prettifyError(parsed.error)}`);
}

/** The app that a fault kills, if it is a crash point. */
export const killedBy = (order: AnyFault): string | undefined =>
  'fault' in order && typeof order.fault === 'object' && 'kill' in order.fault ? order.fault.kill : undefined;
