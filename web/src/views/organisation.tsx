/** How the totals of one organisation developed, and the way to its repositories. */
import { useMemo } from 'preact/hooks';
import type { OrganisationHistory } from '@github-repo-stats/reporter/contract';
import { changed, choice, link, state } from '../address.ts';
import { useAnswer } from '../answer.ts';
import { apiPath } from '../api-path.ts';
import { Chart } from '../charts/chart.tsx';
import { perDay, withGaps, type Point } from '../charts/series.ts';
import { Choice } from '../parts/choice.tsx';
import { Number } from '../parts/number.tsx';
import { Time } from '../parts/time.tsx';
import { Told } from '../parts/told.tsx';
import { Wide } from '../parts/totals.tsx';
import { METRIC_NAMES, METRICS } from '../words.ts';
import { MODES, RANGES } from './repository.tsx';

const SHOWN = ['repositories', ...METRIC_NAMES] as const;
const TITLES = { repositories: 'Repositories', ...METRICS };
const NO_GAPS: readonly number[] = [];

export function Organisation() {
  const owner = state.value.get('org') ?? '';
  const days = choice('days', ['30', '365']);
  const answer = useAnswer<OrganisationHistory>(
    apiPath(`organisations/${encodeURIComponent(owner)}`, { days }),
  );
  return (
    <>
      <p>
        <a href={link('repositories', { org: owner })}>Its repositories</a>
      </p>
      <Told answer={answer}>{(history) => <History of={history} days={days} />}</Told>
    </>
  );
}

function History({ of, days }: { of: OrganisationHistory; days: string }) {
  const mode = choice('mode', ['total', 'day']);
  const series = useMemo(
    () =>
      SHOWN.map((name) => {
        const points: Point[] = of.points.map(({ at, totals }) => ({
          at: Date.parse(at),
          value: totals?.[name] ?? null,
        }));
        return { name, points: mode === 'day' ? perDay(points) : withGaps(points, NO_GAPS) };
      }),
    [of, mode],
  );
  return (
    <>
      <Choice
        label="Shown"
        of={RANGES.filter(([name]) => name !== '3650').map(([name, word]) => [
          word,
          changed({ days: name }),
          name === days,
        ])}
      />
      <Choice
        label="Lines"
        of={MODES.map(([name, word]) => [word, changed({ mode: name }), name === mode])}
      />
      <p class="quiet">
        As of <Time at={of.asOf} />: the last run of each day.
      </p>
      <div class="columns">
        {series.map(({ name, points }) => (
          <Chart key={name} title={TITLES[name]} points={points} bars={mode === 'day'} />
        ))}
      </div>
      <details>
        <summary>These numbers as a table</summary>
        <Wide label="History">
          <table>
            <thead>
              <tr>
                <th scope="col">Run</th>
                {SHOWN.map((name) => (
                  <th scope="col" class="number" key={name}>
                    {TITLES[name]}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {of.points.toReversed().map(({ at, runId, totals }) => (
                <tr key={runId}>
                  <th scope="row">
                    <Time at={at} />
                  </th>
                  {totals ? (
                    SHOWN.map((name) => <Number key={name} of={totals[name]} />)
                  ) : (
                    <td colSpan={SHOWN.length} class="quiet">
                      not known
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </Wide>
      </details>
    </>
  );
}
