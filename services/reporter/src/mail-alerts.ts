/** What a mail says of alerts. */
import type { Metric } from '@github-repo-stats/shared/trend';
import type { Alert } from './alerts.ts';
import type { ListItem, Section } from './mail-content.ts';
import { count, signed } from './mail-words.ts';

export const METRIC_WORDS: Readonly<Record<Metric, string>> = {
  stars: 'stars',
  forks: 'forks',
  openIssues: 'open issues',
  openPRs: 'open pull requests',
};

function said(alert: Alert): ListItem {
  switch (alert.kind) {
    case 'number': {
      const { now, by } = alert;
      const then = now - by;
      const percent = then > 0 ? ` (${signed(Math.round((by / then) * 1000) / 10)} %)` : '';
      return {
        what: alert.repo,
        under: [
          `${signed(by)} ${METRIC_WORDS[alert.metric]}${percent} in ${alert.days} days: now ${count(now)}`,
        ],
      };
    }
    case 'gone':
      return { what: alert.repo, under: ['Gone: its owner lists it no more.'] };
    case 'archived':
      return { what: alert.repo, under: ['Archived.'] };
    case 'hidden':
      return { what: alert.repo, under: ['Made private, or internal.'] };
    case 'renamed':
      return { what: alert.repo, under: [`Renamed: it was ${alert.from}.`] };
    case 'transferred':
      return { what: alert.repo, under: [`Transferred to another owner: it was ${alert.from}.`] };
    case 'lostAccess':
      return {
        what: alert.owner,
        under: [
          `${count(alert.gone)} of ${count(alert.of)} repositories are gone at once: most likely the credential lost access. Check what it may read.`,
        ],
      };
  }
}

export const alertsSection = ({ total, first }: { total: number; first: readonly Alert[] }): Section[] =>
  total > 0 ? [{ title: 'Alerts', part: { kind: 'list', items: first.map(said), total } }] : [];
