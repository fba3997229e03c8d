/** What the checks of a run's numbers found, as the API tells it: in their order, and whether its event still waits for a person. */
import { QUALITY_CHECKS } from '@github-repo-stats/shared/quality-rules';
import { checksIn, stateOf, type Quality } from '../quality/quality.ts';
import type { QualityBrief, RunQuality } from './contract.ts';

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
