/** The document of one credential in container pace: who may ask GitHub, from when on, and what was learned of its answers. */
import * as z from 'zod';

const count = z.int().min(0);
/** UTC. */
const time = z.iso.datetime().max(30);

/** The right to make one GitHub call of a kind. */
export const Grant = z.object({ holder: z.string(), grantId: z.string(), released: z.boolean() });
export type Grant = z.infer<typeof Grant>;

/**
 * What was learned of how long GitHub takes to count: sums over the last calls in which older ones fade, and how the size of
 * a request stands. Seconds are GitHub's, not waits.
 */
export const Learned = z.object({
  /** Repositories to ask for at a time. */
  size: count.min(1),
  /** Calls that the size is still held for after it had to be halved. */
  hold: count,
  /** Whether a call ever came too late: from then on the size grows in small steps. */
  halved: z.boolean(),
  repositories: z.number().min(0),
  seconds: z.number().min(0),
  calls: z.number().min(0),
});
export type Learned = z.infer<typeof Learned>;

/** Per credential: the current grants, until when nothing may be asked, and what was learned; container pace, partition /id. */
export const Pace = z.object({
  id: z.string(),
  grants: z.object({ stats: Grant.optional(), listing: Grant.optional() }),
  notBefore: time.optional(),
  reason: z.string().optional(),
  /** GitHub refused the credential: it is not asked with until then. */
  refusedUntil: time.optional(),
  learned: Learned.optional(),
  /** Seconds of a listing call lately. */
  listingSeconds: z.number().min(0).optional(),
  /** By name of the query: the points and nodes that GitHub reckoned for it in a dry run of a full request. */
  dryRuns: z.record(z.string(), z.object({ cost: count, nodeCount: count })).optional(),
});
export type Pace = z.infer<typeof Pace>;
