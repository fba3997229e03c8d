/** Names for parts of what the API answers. */
import type { RepositoryRow } from '@github-repo-stats/reporter/contract';

/** What a change is counted since: the run before, or the one of 7 or of 30 days ago. */
export type Window = keyof RepositoryRow['change'];
/** The numbers whose changes are told. */
export type Metric = keyof NonNullable<RepositoryRow['change'][Window]>;
