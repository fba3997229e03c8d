/** The document in which the event and the mails of a revision are claimed and marked, apart from the run document with its lists. */
import * as z from 'zod';

const count = z.int().min(0);
/** UTC. */
const time = z.iso.datetime().max(30);

/**
 * State of one notice: due, claimed by someone, done, off (switched off), given-up, overtaken (the run was opened again before it was sent),
 * held (a check of the run's numbers failed: it becomes due when a person releases it).
 */
export const Notice = z.object({
  state: z.enum(['due', 'claimed', 'done', 'off', 'given-up', 'overtaken', 'held']),
  claimedAt: time.optional(),
  claimedBy: z.string().optional(),
  tries: count,
  notBefore: time.optional(),
  lastError: z.string().optional(),
});
export type Notice = z.infer<typeof Notice>;

/** Claims and marks of the event and mails of one revision; revision 0 is the start. */
export const Notices = z.object({
  id: z.string(),
  runId: z.string(),
  type: z.literal('notices'),
  revision: count,
  kind: z.enum(['start', 'end', 'stalled']),
  /** Notices that are due or claimed. */
  open: count,
  event: Notice,
  mail: Notice,
});
export type Notices = z.infer<typeof Notices>;
