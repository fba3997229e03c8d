/** What a chaos run does to the platform, as a file says it: the world, the settings, and what happens at which point of the run. */
import { cosmosFault, serviceBusFault, sinkFault } from '@github-repo-stats/local/faults/fault-schema';
import { faultOrder } from '@github-repo-stats/local/github/order-schema';
import { QUEUES, type QueueName } from '@github-repo-stats/shared/topology';
import { z } from 'zod';

const count = z.int().min(1);
const seconds = z.number().min(0).max(60);
/** The n-th repository of the world as it was before the run, in order of its name. */
const repository = z.int().min(0);
const queue = z.enum(Object.keys(QUEUES) as [QueueName, ...QueueName[]]);

/** Processes that a run goes through and that may be killed or frozen. Not GitHub: its world, and what it saw of its clients, live in its process. */
export const PROCESSES = [
  'scheduler',
  'resolver',
  'fetcher',
  'writer',
  'reporter',
  'service-bus',
  'cosmos',
  'sinks',
] as const;
/**
 * The archiver is off every run's way. Azurite is not killed: it writes down what blobs there are after it has answered, so that a death
 * takes back what it said was done, which Azure's does not.
 */
export const ARCHIVER = 'archiver';
const victim = z.enum([...PROCESSES, ARCHIVER]);
/** The function apps of a run: their clocks can be set, and there can be more of them. */
export const APPS = ['scheduler', 'resolver', 'fetcher', 'writer', 'reporter'] as const;
const app = z.enum([...APPS, ARCHIVER]);

/** What Blob Storage does to the archiver: refuses; breaks the connection before or after what was asked for is done; does not answer. */
export const BLOB_FAULTS = ['refuse', 'reset-before', 'reset-after', 'hang'] as const;
export type BlobFault = (typeof BLOB_FAULTS)[number];

/** Each ends by itself: whatever is broken here is whole again after its time; clocks and instances where no time is given stay. */
export const Action = z.discriminatedUnion('do', [
  /** SIGKILL; the supervisor starts it again. */
  z.strictObject({ do: z.literal('kill'), process: victim }),
  /** All of them in the same instant. */
  z.strictObject({ do: z.literal('kill-all') }),
  /** SIGSTOP, and SIGCONT later: locks expire, connections stay. */
  z.strictObject({ do: z.literal('freeze'), process: victim, seconds }),
  /** Answers of GitHub fail. */
  z.strictObject({ do: z.literal('github'), faults: z.array(faultOrder).min(1) }),
  /** Faults of the platform, among them crash points; taken back after so many seconds, or when the run has come to rest. */
  z.strictObject({
    do: z.literal('cosmos'),
    faults: z.array(cosmosFault).min(1),
    seconds: seconds.optional(),
  }),
  z.strictObject({
    do: z.literal('service-bus'),
    faults: z.array(serviceBusFault).min(1),
    seconds: seconds.optional(),
  }),
  z.strictObject({ do: z.literal('sinks'), faults: z.array(sinkFault).min(1), seconds: seconds.optional() }),
  /** Every request to Blob Storage, for so many seconds. */
  z.strictObject({ do: z.literal('blobs'), fault: z.enum(BLOB_FAULTS), seconds }),
  /** The wall clock of an app, or of all, is so far from the machine's from now on, or for so many seconds; what is monotonic goes on. */
  z.strictObject({
    do: z.literal('clock'),
    process: z.union([app, z.literal('all')]),
    offsetSeconds: z.number().min(-600).max(600),
    seconds: seconds.optional(),
  }),
  /** The files of a store cannot grow for so many seconds. */
  z.strictObject({ do: z.literal('disk-full'), component: z.enum(['cosmos', 'service-bus']), seconds }),
  /** Somebody else takes the leases of the change feed, does nothing with them, and gives them back. */
  z.strictObject({ do: z.literal('steal-lease'), seconds }),
  /** One more instance of an app, as scaling out starts it; until the end, or for so many seconds. */
  z.strictObject({ do: z.literal('second-instance'), process: app, seconds: seconds.optional() }),
  /** Copies of what lies in a queue are sent again: delivered twice, or late. */
  z.strictObject({ do: z.literal('repeat'), queue, messages: count, late: seconds }),
  /** A message that nobody can understand. */
  z.strictObject({ do: z.literal('send-garbage'), queue }),
  /** The world changes under the run. */
  z.strictObject({
    do: z.literal('world'),
    event: z.enum(['rename', 'delete', 'change', 'archive']),
    repository,
  }),
  /** GitHub refuses the second credential from now on. */
  z.strictObject({ do: z.literal('revoke') }),
  /** Once the run has ended: what failed, and ten batches, are to be collected again. */
  z.strictObject({ do: z.literal('rerun') }),
]);
export type Action = z.infer<typeof Action>;

/** Done when this entry was logged that many times about the run: by progress and not by the clock, so that it is the same place again. */
export const Step = z.strictObject({
  after: z.strictObject({
    entry: z.enum([
      'run started',
      'page planned',
      'batch fetched',
      'batch written',
      'run ended',
      'run archived',
    ]),
    times: count,
  }),
  action: Action,
});
export type Step = z.infer<typeof Step>;

export const ChaosPlan = z.strictObject({
  seed: z.int().min(0),
  repositories: z.int().min(20),
  owners: z.array(z.string()).min(1),
  credentials: z.union([z.literal(1), z.literal(2)]),
  /** NumberOfReposToQueryPerCall. */
  batch: z.int().min(1).max(100),
  /** RU/s of the statistics' container and of their budget; serverless without. */
  throughput: z.int().min(400).optional(),
  /** Locks, waits, pauses between tries and between sweeps, each times this. */
  durationScale: z.number().min(0.02).max(1),
  /** These fail for good, each for its reason; named like repositories of events. */
  failing: z.array(
    z.strictObject({ repository, failure: z.enum(['not-found', 'forbidden', 'saml', 'ip-allow-list']) }),
  ),
  steps: z.array(Step),
});
export type ChaosPlan = z.infer<typeof ChaosPlan>;
