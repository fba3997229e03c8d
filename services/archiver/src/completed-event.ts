/** The event that a run has ended, as Event Grid puts it into the queue. */
import { UnreadableMessage } from '@github-repo-stats/shared/messages';
import { RUN_COMPLETED } from '@github-repo-stats/shared/topology';
import * as z from 'zod';

/** What else it holds is for others. */
const RunCompleted = z.object({
  type: z.literal(RUN_COMPLETED),
  data: z.object({ runInfoId: z.string().regex(/^\d{9,11}$/, 'is not an epoch second') }),
});

/** @returns the id of the run. @throws UnreadableMessage naming the message and the fields that are wrong. */
export function runOfEvent(body: unknown, messageId: string): string {
  const parsed = RunCompleted.safeParse(body);
  if (parsed.success) return parsed.data.data.runInfoId;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
  throw new UnreadableMessage(
    `Message ${messageId} cannot be understood: ${problems.join('; ').slice(0, 300)}`,
  );
}
