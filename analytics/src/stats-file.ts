/** A file of Parquet on this disk that holds statistics of one run, and what tells whether a roll-up was made of it. */
import { dateOf } from '@github-repo-stats/shared/archive/manifest';

export interface StatsFile {
  path: string;
  runId: string;
  /** Another content has another one. */
  digest: string;
}

/** `2026-11`, of the UTC date on which the run started. */
export const monthOf = ({ runId }: Pick<StatsFile, 'runId'>): string => dateOf(runId).slice(0, 7);

/** The folder below `place` that a reader takes date and run from. */
export const partitionOf = (runId: string): string => `date=${dateOf(runId)}/run=${runId}`;
