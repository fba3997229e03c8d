/** How one repository developed: its numbers as lines or per day, with renames and missed runs, and as a table. */
import { useMemo } from 'preact/hooks';
import type { RepositoryHistory } from '@github-repo-stats/reporter/contract';
import { changed, choice, state } from '../address.ts';
import { useAnswer } from '../answer.ts';
import { apiPath, repositoryPath } from '../api-path.ts';
import { Chart, type Mark } from '../charts/chart.tsx';
import { perDay, withGaps } from '../charts/series.ts';
import { Choice } from '../parts/choice.tsx';
import { HistoryTable } from '../parts/history-table.tsx';
import { ChangeCell, Number } from '../parts/number.tsx';
import { Away, Time } from '../parts/time.tsx';
import { Told } from '../parts/told.tsx';
import { Wide } from '../parts/totals.tsx';
import { many, METRIC_NAMES, METRICS, SINCE, WINDOW_NAMES } from '../words.ts';

export const RANGES = [
  ['30', '30 days'],
  ['365', '1 year'],
  ['3650', 'all'],
] as const;
const DAYS = ['30', '365', '3650'] as const;
export const MODES = [
  ['total', 'as totals'],
  ['day', 'change per day'],
] as const;

export function Repository() {
  const repo = state.value.get('repo') ?? '';
  const days = choice('days', DAYS);
  const answer = useAnswer<RepositoryHistory>(apiPath(`repositories/${repositoryPath(repo)}`, { days }));
  return <Told answer={answer}>{(history) => <History of={history} days={days} />}</Told>;
}

function History({ of, days }: { of: RepositoryHistory; days: string }) {
  const mode = choice('mode', ['total', 'day']);
  const marks = useMemo(
    (): Mark[] =>
      of.names.slice(1).map(({ repo, since }) => ({ at: Date.parse(since), text: `now ${repo}` })),
    [of],
  );
  const series = useMemo(() => {
    const missed = of.missed.map((at) => Date.parse(at));
    return METRIC_NAMES.map((metric) => {
      const points = of.points.map((point) => ({ at: Date.parse(point.at), value: point[metric] }));
      return { metric, points: mode === 'day' ? perDay(points) : withGaps(points, missed) };
    });
  }, [of, mode]);
  return (
    <>
      <Facts of={of} />
      <Choice
        label="Shown"
        of={RANGES.map(([name, word]) => [word, changed({ days: name }), name === days])}
      />
      <Choice
        label="Lines"
        of={MODES.map(([name, word]) => [word, changed({ mode: name }), name === mode])}
      />
      <p class="quiet">
        {of.points.length > 0 ? (
          <>
            Data from <Time at={of.points[0]!.at} /> to <Time at={of.points.at(-1)!.at} />
            {of.missed.length > 0 &&
              `; ${many(of.missed.length, 'run')} in between ${of.missed.length === 1 ? 'does' : 'do'} not have it, and ${of.missed.length === 1 ? 'is a gap' : 'are gaps'}`}
            .
          </>
        ) : (
          'No run of this time has it.'
        )}
      </p>
      <div class="columns">
        {series.map(({ metric, points }) => (
          <Chart key={metric} title={METRICS[metric]} points={points} bars={mode === 'day'} marks={marks} />
        ))}
      </div>
      <details>
        <summary>These numbers as a table</summary>
        <HistoryTable of={of} />
      </details>
    </>
  );
}

function Facts({ of }: { of: RepositoryHistory }) {
  const { latest } = of;
  return (
    <>
      {of.goneSince !== null && (
        <p class="problem">
          Gone since <Time at={of.goneSince} />: no source lists it any more.
        </p>
      )}
      <p>
        <a href={`https://github.com/${of.repo}`} rel="noreferrer">
          On GitHub
        </a>
        {latest?.language && ` · ${latest.language}`}
        {latest && latest.visibility.toUpperCase() !== 'PUBLIC' && ` · ${latest.visibility.toLowerCase()}`}
        {of.archivedSince !== null && (
          <>
            {' · archived since '}
            <Time at={of.archivedSince} />
          </>
        )}
        {latest?.isArchived && of.archivedSince === null && ' · archived'}
        {latest?.pushedAt && (
          <>
            {' · last push '}
            <Time at={latest.pushedAt} day /> (<Away at={latest.pushedAt} />)
          </>
        )}
        {of.firstSeenAt !== null && (
          <>
            {' · first seen '}
            <Time at={of.firstSeenAt} />
          </>
        )}
      </p>
      {of.names.length > 1 && (
        <p>
          {of.names.map(({ repo, since }, i) => (
            <span key={since}>
              {i === 0 ? 'It was ' : ', then '}
              <b>{repo}</b> from <Time at={since} />
            </span>
          ))}
          .
        </p>
      )}
      {latest && <Latest of={latest} />}
    </>
  );
}

function Latest({ of }: { of: NonNullable<RepositoryHistory['latest']> }) {
  return (
    <Wide label="Latest numbers">
      <table>
        <caption>
          As of <Time at={of.collectedAt} />
        </caption>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col" class="number">
              Now
            </th>
            {WINDOW_NAMES.map((window) => (
              <th scope="col" class="number" key={window}>
                {SINCE[window]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {METRIC_NAMES.map((metric) => (
            <tr key={metric}>
              <th scope="row">{METRICS[metric]}</th>
              <Number of={of[metric]} />
              {WINDOW_NAMES.map((window) => (
                <ChangeCell key={window} by={of.change[window]?.[metric]} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}
