/** The forms of what a user orders of the simulator, over HTTP or in a file: events in its world, and faults. */
import { z } from 'zod';
import { appGiven, credentialGiven, doubles } from './credential-schema.ts';
import { faultNames } from './faults.ts';
import { timeoutKinds } from './reply.ts';
import { failures } from './failure.ts';

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

const kind = z.enum(['listing', 'stats', 'other']);
/** Just before the n-th call of this kind from now is answered; at once without it. */
const when = z.strictObject({ kind, call: z.int().min(1) }).optional();

export const worldEvent = z.discriminatedUnion('event', [
  z.strictObject({ event: z.literal('rename'), when, repository, to: z.string() }),
  z.strictObject({ event: z.literal('transfer'), when, repository, to: z.string() }),
  z.strictObject({ event: z.literal('delete'), when, repository }),
  z.strictObject({
    event: z.literal('add'),
    when,
    owner: z.string(),
    name: z.string(),
    facts: facts.optional(),
  }),
  z.strictObject({ event: z.literal('archive'), when, repository, archived: z.boolean().optional() }),
  z.strictObject({ event: z.literal('make-private'), when, repository, private: z.boolean().optional() }),
  z.strictObject({ event: z.literal('change'), when, repository, facts }),
  z.strictObject({
    event: z.literal('fail'),
    when,
    target: z.string(),
    failure: z.enum(failures).nullable(),
  }),
  z.strictObject({ event: z.literal('revoke'), when, credential: z.string() }),
  z.strictObject({ event: z.literal('restore'), when, credential: z.string() }),
]);
export type WorldEvent = z.infer<typeof worldEvent>;

const seconds = z.number().min(0);
const partial = z.strictObject({ share: z.number().gt(0).max(1) });
const fault = z.union(
  [
    z.enum(faultNames),
    z.strictObject({
      status: z.int().min(200).max(599),
      body: z.string().optional(),
      headers: z.record(z.string(), z.string()).optional(),
    }),
    z.strictObject({ delay: seconds }),
    z.strictObject({
      timeout: z.strictObject({ after: seconds, form: z.enum(timeoutKinds).optional() }),
    }),
    z.strictObject({
      rateLimit: z.strictObject({
        resetAfter: seconds,
        form: z.enum(['RATE_LIMIT', 'RATE_LIMITED']).optional(),
        remaining: z.int().min(0).optional(),
      }),
    }),
    z.strictObject({
      secondaryLimit: z.strictObject({
        retryAfter: seconds.nullable(),
        resetAfter: seconds.optional(),
        status: z.union([z.literal(200), z.literal(403), z.literal(429)]).optional(),
      }),
    }),
    z.strictObject({ resourceLimits: partial }),
    z.strictObject({ nulls: partial }),
  ],
  {
    error: `is none of ${faultNames.join(', ')}, {status}, {delay}, {timeout}, {rateLimit}, {secondaryLimit}, {resourceLimits}, {nulls}`,
  },
);
export const faultOrder = z
  .strictObject({
    fault,
    times: z.int().min(1).optional(),
    rate: z.number().gt(0).max(1).optional(),
    kind: kind.optional(),
    token: z.string().optional(),
  })
  .refine(({ times, rate }) => times === undefined || rate === undefined, 'has both times and rate');
export type FaultOrdered = z.infer<typeof faultOrder>;

/** Everything that is ordered from the start. */
export const orders = z
  .strictObject({
    /** Once there are credentials or apps, no other token is good. */
    credentials: z.array(credentialGiven).default([]),
    apps: z.array(appGiven).default([]),
    events: z.array(worldEvent).default([]),
    faults: z.array(faultOrder).default([]),
  })
  .superRefine(({ credentials, apps }, context) => {
    for (const message of doubles(credentials, apps)) context.addIssue(message);
  });
export type Orders = z.infer<typeof orders>;
/** As a user writes them: lists may be left out. */
export type OrdersGiven = z.input<typeof orders>;
