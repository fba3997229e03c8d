/** The points of a repository's history as a table, the latest first, with the runs that miss it. */
import type { RepositoryHistory } from '@github-repo-stats/reporter/contract';
import { Number } from './number.tsx';
import { Time } from './time.tsx';
import { Wide } from './totals.tsx';

const COLUMNS = [
  ['stars', 'Stars'],
  ['forks', 'Forks'],
  ['openIssues', 'Open issues'],
  ['closedIssues', 'Closed issues'],
  ['openPRs', 'Open pull requests'],
  ['closedPRs', 'Closed pull requests'],
  ['mergedPRs', 'Merged pull requests'],
] as const;

export function HistoryTable({ of }: { of: RepositoryHistory }) {
  const rows = [
    ...of.points.map((point) => ({ at: point.at, point })),
    ...of.missed.map((at) => ({ at, point: undefined })),
  ].sort((a, b) => (a.at < b.at ? 1 : -1));
  return (
    <Wide label="History">
      <table>
        <thead>
          <tr>
            <th scope="col">Collected</th>
            {COLUMNS.map(([name, word]) => (
              <th scope="col" class="number" key={name}>
                {word}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ at, point }) => (
            <tr key={at}>
              <th scope="row">
                <Time at={at} />
                {point && point.repo !== of.repo && <small>as {point.repo}</small>}
              </th>
              {point ? (
                COLUMNS.map(([name]) => <Number key={name} of={point[name]} />)
              ) : (
                <td colSpan={COLUMNS.length} class="quiet">
                  this run does not have it
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}
