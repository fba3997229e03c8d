/** What the checks of a run's numbers found, as the API tells it: in their order, and whether its event still waits for a person. */
import { QUALITY_CHECKS } from '@github-repo-stats/shared/quality-rules';
import * as z from 'zod';
import { checksIn, QualityResult, stateOf, type Quality } from '../quality/quality.ts';

const checkName = z.enum(QUALITY_CHECKS);
/** The worst of the checks of a run's numbers. */
const qualityState = z.enum(['passed', 'warned', 'failed']);

/** What each check found in the last revision; null: there is none, or it was not checked. What they are: docs/data-quality.md. */
export const RunQuality = z.object({
  state: qualityState,
  /** Whether its event waits for a person to release it. */
  isEventHeld: z.boolean(),
  checks: z.array(QualityResult.extend({ check: checkName })),
});
export type RunQuality = z.infer<typeof RunQuality>;

export const QualityBrief = z.object({
  state: qualityState,
  failed: z.array(checkName),
  warned: z.array(checkName),
});
export type QualityBrief = z.infer<typeof QualityBrief>;

/** @param isHeld now: it may have been released since. */
export const toldQuality = (quality: Quality | undefined, isHeld: boolean): RunQuality | null =>
  quality
    ? {
        state: stateOf(quality),
        isEventHeld: isHeld,
        checks: QUALITY_CHECKS.flatMap((check) => {
          const result = quality.checks[check];
          return result ? { check, ...result } : [];
        }),
      }
    : null;

export const briefQuality = (quality: Quality | undefined): QualityBrief | null =>
  quality
    ? {
        state: stateOf(quality),
        failed: checksIn(quality, 'failed'),
        warned: checksIn(quality, 'warned'),
      }
    : null;
