/** Gathers what a mail is made of: the run as it is told, the summary of its revision, and alerts that no mail has told yet. */
import type { Run } from '@github-repo-stats/shared/documents';
import type { MailFacts } from './mail-text.ts';
import { noticesIdOf, type NoticeKind, type NoticesStore } from './notices.ts';
import type { SummaryStore } from './build-summary.ts';

export interface FactsDeps {
  summaries: Pick<SummaryStore, 'readSummary'>;
  notices: Pick<NoticesStore, 'read'>;
  nextRunAt(): Date;
  dashboard: string | undefined;
}

export async function mailFacts(run: Run, kind: NoticeKind, deps: FactsDeps): Promise<MailFacts> {
  const summary = kind === 'end' ? await deps.summaries.readSummary(run.id, run.revision) : undefined;
  const earlier = Object.keys(summary?.alerts?.byRevision ?? {})
    .map(Number)
    .filter((revision) => revision < run.revision);
  const revisions = [run.revision];
  for (const revision of earlier) {
    const stored = await deps.notices.read(run.id, noticesIdOf('end', revision));
    // Only an end that still stands is told: what is not sent by now never will be.
    if (stored?.document.mail.state !== 'done') revisions.push(revision);
  }
  return { run, kind, summary, revisions, nextRunAt: deps.nextRunAt(), dashboard: deps.dashboard };
}
