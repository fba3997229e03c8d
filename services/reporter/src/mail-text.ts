/** What the mails say: subject, plain text, and HTML in which every value is escaped, since names are other people's text. */
import type { Run } from '@github-repo-stats/shared/documents';
import { REASON_ADVICE, type FailureReason } from '@github-repo-stats/shared/reasons';
import type { NoticeKind } from './notices.ts';

export interface MailText {
  subject: string;
  text: string;
  html: string;
}

const count = (n: number): string => n.toLocaleString('en-US');
const NAMES_PER_MAIL = 20;

const escape = (text: string): string => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

const duration = (run: Run): string => {
  const s = Math.round((Date.parse(run.endedAt ?? run.progressAt) - Date.parse(run.startedAt)) / 1000);
  const parts = [Math.floor(s / 3600), Math.floor(s / 60) % 60, s % 60];
  return `${parts[0] ? `${parts[0]} h ` : ''}${parts[0] || parts[1] ? `${parts[1]} min ` : ''}${parts[2]} s`;
};

/** The first of them, and how many more there are. */
function someOf(names: readonly string[], total: number): string {
  const shown = names.slice(0, NAMES_PER_MAIL);
  const more = total - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${count(more)} more` : ''}`;
}

/** What happened to names since the run before: the repositories are the same, and so are their numbers. */
function renames({ renamed = [], renamedTotal = 0, takenOver = [], takenOverTotal = 0 }: Run): string[] {
  const pairs = renamed.map(({ from, to }) => `${from} is now ${to}`);
  const taken = takenOver.map(({ repo }) => repo);
  return [
    ...(pairs.length > 0 ? [`Renamed or transferred: ${someOf(pairs, renamedTotal)}`] : []),
    ...(taken.length > 0
      ? [`Names that belong to another repository than before: ${someOf(taken, takenOverTotal)}`]
      : []),
  ];
}

function failures(run: Run): string[] {
  const lines = Object.entries(run.failuresByReason).map(([reason, n]) => {
    const advice = REASON_ADVICE[reason as FailureReason] as { what: string; todo: string } | undefined;
    return `${count(n)} × ${reason}${advice ? `: ${advice.what}; ${advice.todo}` : ''}`;
  });
  const names = run.failedList ? run.failedList.split(',') : [];
  if (names.length > 0) lines.push(`Failed: ${someOf(names, run.totalFailedCount)}`);
  for (const s of run.failedSources)
    lines.push(`Source ${s.source} could not be read: ${s.reason}${s.detail ? ` (${s.detail})` : ''}`);
  const { refusedCredentials: refused = [] } = run;
  if (refused.length > 0) lines.push(`GitHub refused these credentials: ${refused.join(', ')}: renew them`);
  return lines;
}

function content(run: Run, kind: NoticeKind): { subject: string; lines: string[] } {
  const about = `(run ${run.id})`;
  if (kind === 'start')
    return {
      subject: `Github stats: run started ${about}`,
      lines: [`Run ${run.id} started at ${run.startedAt} with ${count(run.sourcesTotal)} sources.`],
    };
  if (kind === 'stalled')
    return {
      subject: `Github stats: run is stuck ${about}`,
      lines: [
        `Run ${run.id} makes no progress since ${run.progressAt}.`,
        run.stalledCause ?? 'The cause is not known.',
        `${count(run.totalReceived)} of ${count(run.totalPlanned)} planned repositories are settled.`,
        'It goes on by itself when the cause is gone; after 24 hours what is missing is settled as failed.',
      ],
    };
  const { totalCreatedCount: ok, totalFailedCount: bad, totalReceived: all, costs } = run;
  const failed = bad > 0 ? `, ${count(bad)} failed` : '';
  return {
    subject:
      run.status === 'failed'
        ? `Github stats: run failed, nothing could be collected ${about}`
        : `Github stats: ${count(ok)} of ${count(all)} repositories${failed} ${about}`,
    lines: [
      `Run ${run.id}, revision ${run.revision}: ${count(ok)} of ${count(all)} repositories stored in ${duration(run)}.`,
      ...failures(run),
      ...renames(run),
      `GitHub: ${count(costs.githubCalls)} calls, ${count(costs.githubPoints)} points, ${costs.githubSeconds.toFixed(1)} s. Cosmos DB: ${count(Math.round(costs.requestUnits))} RU.`,
    ],
  };
}

export function mailText(run: Run, kind: NoticeKind): MailText {
  const { subject, lines } = content(run, kind);
  const html = lines.map((line) => `<p style="word-break:break-word">${escape(line)}</p>`).join('\n');
  return {
    subject,
    text: `${lines.join('\n\n')}\n`,
    html: `<!doctype html><html lang="en"><body style="font-family:sans-serif">\n${html}\n</body></html>`,
  };
}
