/** What a mail says of failures: each reason with what to do, sources that could not be read, credentials that were refused. */
import type { Run } from '@github-repo-stats/shared/documents';
import { REASON_ADVICE, type FailureReason } from '@github-repo-stats/shared/reasons';
import type { ListItem, Section } from './mail-content.ts';
import { count, shortText, someOf } from './mail-words.ts';

/** Sources that a mail names. */
const SOURCES = 10;

/** A reason that only a newer version of the apps knows has no advice. */
const adviceOf = (reason: string): { what: string; todo: string } | undefined =>
  REASON_ADVICE[reason as FailureReason] as { what: string; todo: string } | undefined;

const toDo = (todo: string): string => `${todo.charAt(0).toUpperCase()}${todo.slice(1)}.`;

export function failuresOf(run: Run): Section[] {
  const { failuresByReason, failedFirst = {}, failedSources, refusedCredentials = [] } = run;
  const reasons = Object.entries(failuresByReason).sort(([, a], [, b]) => b - a);
  const items = [
    ...reasons.map(([reason, n]): ListItem => {
      const advice = adviceOf(reason);
      const names = failedFirst[reason];
      return {
        what: `${count(n)} × ${reason}${advice ? `: ${advice.what}` : ''}`,
        under: [...(advice ? [toDo(advice.todo)] : []), ...(names ? [someOf(names, n)] : [])],
      };
    }),
    ...failedSources.slice(0, SOURCES).map(({ source, reason, detail }): ListItem => ({
      what: `Source ${shortText(source)} could not be read: ${reason}${detail ? ` (${shortText(detail)})` : ''}`,
      under: [toDo(adviceOf(reason)?.todo ?? 'see the log')],
    })),
    ...(refusedCredentials.length > 0
      ? [
          {
            what: `GitHub refused these credentials: ${shortText(refusedCredentials.join(', '))}`,
            under: [toDo(REASON_ADVICE.credentials.todo)],
          },
        ]
      : []),
  ];
  const total = items.length + Math.max(0, failedSources.length - SOURCES);
  return items.length > 0 ? [{ title: 'What failed', part: { kind: 'list', items, total } }] : [];
}
