/** Sums over repositories, each with its change since the runs that it is compared with. */
import type { Overview } from '@github-repo-stats/reporter/contract';
import type { Metric, Window } from '../contract.ts';
import { count, METRICS, SINCE } from '../words.ts';
import { ChangeCell } from './number.tsx';
import { timeText } from './time.tsx';

type Totals = NonNullable<Overview['totals']>;

const ROWS: Record<keyof Totals, string> = {
  repositories: 'Repositories',
  archived: 'of them archived',
  ...METRICS,
  closedIssues: 'Closed issues',
  closedPRs: 'Closed pull requests',
  mergedPRs: 'Merged pull requests',
};
const isMetric = (name: string): name is Metric => name in METRICS;
const WINDOWS: readonly Window[] = ['previous', 'd7', 'd30'];

export function Totals(of: {
  totals: Totals;
  change: Overview['change'];
  comparedWith: Overview['comparedWith'];
  caption: string;
}) {
  const { totals, change, comparedWith } = of;
  return (
    <Wide label={of.caption}>
      <table>
        <caption>{of.caption}</caption>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col" class="number">
              Now
            </th>
            {WINDOWS.map((window) => (
              <th scope="col" class="number" key={window}>
                {SINCE[window]}
                <small>{comparedWith[window] ? timeText(comparedWith[window]) : 'no run'}</small>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {(Object.keys(ROWS) as (keyof Totals)[]).map((name) => (
            <tr key={name}>
              <th scope="row">{ROWS[name]}</th>
              <td class="number">{count(totals[name])}</td>
              {WINDOWS.map((window) =>
                isMetric(name) ? (
                  <ChangeCell key={window} by={change?.[window]?.[name]} />
                ) : (
                  <td key={window} />
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {change && <Compared change={change} all={totals.repositories} />}
    </Wide>
  );
}

function Compared({ change, all }: { change: NonNullable<Overview['change']>; all: number }) {
  const known = WINDOWS.flatMap((window) => {
    const some = change[window];
    return some && some.repositories < all ? [`${count(some.repositories)} ${SINCE[window]}`] : [];
  });
  if (known.length === 0) return null;
  return <p class="quiet">Changes are those of repositories that could be compared: {known.join(', ')}.</p>;
}

/** A table that may be wider than the screen scrolls by itself, by keyboard too, and not the page. */
export function Wide({ label, children }: { label: string; children: preact.ComponentChildren }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by keyboard
    <div class="wide" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}
