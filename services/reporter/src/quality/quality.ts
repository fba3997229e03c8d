/** What the checks of a revision's numbers found, as it stands in its summary. */
import { QUALITY_CHECKS, type QualityCheck } from '@github-repo-stats/shared/quality-rules';
import * as z from 'zod';

export const QUALITY_STATES = ['passed', 'warned', 'failed', 'skipped'] as const;

/** A repository, owner or number, and what is odd about it. */
const Example = z.object({ what: z.string(), said: z.string() });
export type Example = z.infer<typeof Example>;

const share = z.number().min(0).max(1);
export const QualityResult = z.object({
  /** skipped: there was nothing to compare with. */
  state: z.enum(QUALITY_STATES),
  /** A share; null when it was skipped. */
  measured: share.nullable(),
  /** More than that is warned of, and more than that has failed. */
  warn: share,
  fail: share,
  /** What was measured, or why it was skipped. */
  said: z.string(),
  /** The first of those that it is about. */
  examples: z.array(Example),
});
export type QualityResult = z.infer<typeof QualityResult>;

export const Quality = z.object({
  /** A check that is switched off is left out. */
  checks: z.partialRecord(z.enum(QUALITY_CHECKS), QualityResult),
  /** Whether the event waits for a person, since a check failed. */
  held: z.boolean(),
});
export type Quality = z.infer<typeof Quality>;

/** As lists show it of a run: the worst of the checks, or held while its event waits for a person. */
export const TOLD_STATES = ['passed', 'warned', 'failed', 'held'] as const;
export type ToldState = (typeof TOLD_STATES)[number];
export const toldState = (quality: Quality): ToldState => (quality.held ? 'held' : stateOf(quality));

/** Those in that state, in their order. */
export const checksIn = (
  { checks }: Pick<Quality, 'checks'>,
  state: QualityResult['state'],
): QualityCheck[] => QUALITY_CHECKS.filter((check) => checks[check]?.state === state);

/** The worst of them; `passed` when nothing could be compared. */
export function stateOf(quality: Pick<Quality, 'checks'>): 'passed' | 'warned' | 'failed' {
  if (checksIn(quality, 'failed').length > 0) return 'failed';
  return checksIn(quality, 'warned').length > 0 ? 'warned' : 'passed';
}
