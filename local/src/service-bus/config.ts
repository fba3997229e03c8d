/** Reads the official emulator's Config.json into queue settings, and refuses by name what the broker cannot do. */
import { z } from 'zod';
import { ConfigError } from './errors.ts';

/** Times are ms, already scaled. */
export interface QueueSettings {
  readonly name: string;
  readonly lockDuration: number;
  readonly maxDeliveryCount: number;
  readonly requiresSession: boolean;
  /** 0: no duplicate detection. */
  readonly duplicateWindow: number;
  /** Infinity: messages never expire. */
  readonly timeToLive: number;
  readonly deadLetterOnExpiration: boolean;
  /** Multiplies the lifetimes that senders give to messages. */
  readonly durationScale: number;
}

const DURATION = /^P(?=.)(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const duration = z.string().transform((text, context) => {
  const match = DURATION.exec(text);
  if (!match) {
    context.addIssue(`'${text}' is not an ISO 8601 duration of days, hours, minutes and seconds`);
    return z.NEVER;
  }
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return (days ?? 0) * DAY + (hours ?? 0) * 60 * MINUTE + (minutes ?? 0) * MINUTE + (seconds ?? 0) * 1000;
});

const between = (least: number, most: number, words: string) =>
  duration.refine((value) => value >= least && value <= most, `must be ${words}`);

const unsupported = (what: string) => z.literal('', `${what} is not supported: leave it empty`).optional();

// Limits: https://learn.microsoft.com/azure/service-bus-messaging/service-bus-quotas and the ARM reference of queues.
const properties = z.strictObject({
  LockDuration: between(5000, 5 * MINUTE, '5 seconds to 5 minutes').default(MINUTE),
  MaxDeliveryCount: z.int().min(1).max(2000).default(10),
  RequiresSession: z.boolean().default(false),
  RequiresDuplicateDetection: z.boolean().default(false),
  DuplicateDetectionHistoryTimeWindow: between(20_000, 7 * DAY, '20 seconds to 7 days').default(10 * MINUTE),
  DefaultMessageTimeToLive: between(1000, Infinity, 'at least a second').default(Infinity),
  DeadLetteringOnMessageExpiration: z.boolean().default(false),
  ForwardTo: unsupported('Forwarding'),
  ForwardDeadLetteredMessagesTo: unsupported('Forwarding'),
});

const queue = z.strictObject({
  Name: z.string().regex(/^[\w.-](?:[\w./-]{0,258}[\w.-])?$/, 'is not a queue name'),
  Properties: properties.prefault({}),
});

const namespace = z.strictObject({
  Name: z.string().min(1),
  Queues: z.array(queue).default([]),
  Topics: z.array(z.unknown()).max(0, 'topics and their subscriptions are not supported').default([]),
});

const schema = z.strictObject({
  UserConfig: z.strictObject({
    Namespaces: z.array(namespace).length(1, 'exactly one namespace is supported'),
    // Where the official emulator writes its own log: nothing the broker could honour or break.
    Logging: z.unknown().optional(),
  }),
});

/** The form of Config.json. */
export type ServiceBusConfig = z.input<typeof schema>;

/** `scale` multiplies lock durations, lifetimes and duplicate windows. Throws ConfigError with every problem and its path. */
export function readConfig(config: unknown, scale = 1): QueueSettings[] {
  if (!(scale > 0)) throw new ConfigError(`durationScale must be a positive number, not ${scale}`);
  const parsed = schema.safeParse(config);
  if (!parsed.success) throw new ConfigError(`Service Bus configuration:\n${z.prettifyError(parsed.error)}`);
  const queues = parsed.data.UserConfig.Namespaces.flatMap(({ Queues }) => Queues);
  const names = queues.map(({ Name }) => Name.toLowerCase());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw new ConfigError(`Service Bus configuration: the queue '${twice}' is there twice`);
  return queues.map(({ Name, Properties: p }) => ({
    name: Name,
    lockDuration: scaled(p.LockDuration, scale),
    maxDeliveryCount: p.MaxDeliveryCount,
    requiresSession: p.RequiresSession,
    duplicateWindow: p.RequiresDuplicateDetection ? scaled(p.DuplicateDetectionHistoryTimeWindow, scale) : 0,
    timeToLive: scaled(p.DefaultMessageTimeToLive, scale),
    deadLetterOnExpiration: p.DeadLetteringOnMessageExpiration,
    durationScale: scale,
  }));
}

/** Whole ms: they become AMQP timestamps. */
const scaled = (duration: number, scale: number) => Math.max(1, Math.round(duration * scale));
