/** An estimate as text for people. */
import type { Estimate } from '@github-repo-stats/shared/estimate';
import { count, duration, plural } from './words.ts';

/** Owners that are named one by one. */
const OWNERS = 20;

type Row = [label: string, repositories: string, remark: string];

function ownerRow({ owner, repositories, upperBound, reason = '' }: Estimate['owners'][number]): Row {
  if (upperBound) return [owner, `up to ${count(repositories)}`, `GitHub counts without ${reason}`];
  return reason ? [owner, 'none', `cannot be read: ${reason}`] : [owner, count(repositories), ''];
}

function repositoryRows({ owners, individualRepositories, repositories, upperBound }: Estimate): Row[] {
  const [shown, rest] = [owners.slice(0, OWNERS), owners.slice(OWNERS)];
  const more = rest.reduce((sum, o) => sum + o.repositories, 0);
  return [
    ...shown.map(ownerRow),
    ...(rest.length > 0 ? [[`${count(rest.length)} more owners`, count(more), ''] satisfies Row] : []),
    ...(individualRepositories > 0
      ? [['named by themselves', count(individualRepositories), ''] satisfies Row]
      : []),
    ['all', `${upperBound ? 'up to ' : ''}${count(repositories)}`, ''],
  ];
}

/** The estimate as text, without a closing line end. */
export function estimateText(estimate: Estimate): string {
  const { calls, points, seconds, requestUnits, messages, notes } = estimate;
  const rows = repositoryRows(estimate);
  const labels = Math.max(...rows.map(([label]) => label.length));
  const numbers = Math.max(...rows.map(([, number]) => number.length));
  const writing = seconds.writing > 0 ? `, ${duration(seconds.writing)} of writing` : '';
  return [
    'A run would be, by what GitHub says now; none was made.',
    '',
    'Repositories',
    ...rows.map(([label, number, remark]) =>
      `  ${label.padEnd(labels)}  ${number.padStart(numbers)}  ${remark}`.trimEnd(),
    ),
    '',
    'Costs',
    `  GitHub         ${plural(calls.total, 'call', 'calls')} (${count(calls.listing)} listing, ${count(calls.stats)} statistics), ${plural(points, 'point', 'points')}`,
    `  messages       ${count(messages.total)} (${count(messages.resolve)} resolve, ${count(messages.fetch)} fetch, ${count(messages.write)} write)`,
    `  Cosmos DB      ${count(requestUnits)} RU`,
    `  time           ${duration(seconds.total)} (${duration(seconds.github)} of GitHub's answers${writing})`,
    '',
    ...notes,
  ].join('\n');
}
