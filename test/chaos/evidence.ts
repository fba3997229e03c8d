/** What a finished run left behind, as the invariants are checked against it. */
import type { CallReport } from '@github-repo-stats/local/github/call-log';
import type { TruthRow } from '@github-repo-stats/local/github/truth';
import type { Outcome, Plan, RepoStats, Run, Source } from '@github-repo-stats/shared/documents';
import type { Notices } from '@github-repo-stats/shared/notices';
import type { Rows } from '@github-repo-stats/shared/rows';
import type { FailureReason } from '@github-repo-stats/shared/reasons';
import type { Archived } from '@github-repo-stats/shared/archive/columns';
import type { Manifest } from '@github-repo-stats/shared/archive/manifest';
import type { ArchiveMark } from '@github-repo-stats/shared/archive/mark';
import type { Summary } from '../../services/reporter/src/summary.ts';

/** What lies in a queue, by message id. */
export interface QueueLeft {
  waiting: string[];
  deadLetters: string[];
}

export interface Evidence {
  run: Run;
  sources: Source[];
  plans: Plan[];
  outcomes: Outcome[];
  /** The statistics that bear the run's id. */
  stats: RepoStats[];
  rows: Rows[];
  /** Of the last revision. */
  summary: Summary | undefined;
  notices: Notices[];
  marks: ArchiveMark[];
  /** What the archive holds of the run; or why it cannot be read. */
  archived: { manifest: Manifest; documents: Archived[] } | string;
  /** As the sinks took them, repeats included. */
  events: { id: string; type: string; data: Record<string, unknown> }[];
  mailSubjects: string[];
  /** The world before the run, and after each change of it. */
  truths: TruthRow[][];
  /** By node id: why a repository may fail for good. */
  failing: ReadonlyMap<string, readonly FailureReason[]>;
  calls: CallReport;
  queues: Record<string, QueueLeft>;
  /** Message ids that must lie among a queue's dead letters, and no other. */
  garbage: Record<string, string[]>;
}
