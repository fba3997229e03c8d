/** The run under way, why repositories failed in the last one, and all runs with what each took. */
import type { Overview, RunBrief } from '@github-repo-stats/reporter/contract';
import type { ListedRun, RunList } from '@github-repo-stats/reporter/run-list-contract';
import { link, state } from '../address.ts';
import { useAnswer } from '../answer.ts';
import { Bar } from '../charts/sparkline.tsx';
import { LiveRun } from '../parts/live-run.tsx';
import { Pager } from '../parts/pager.tsx';
import { Reasons } from '../parts/reasons.tsx';
import { Time } from '../parts/time.tsx';
import { Told } from '../parts/told.tsx';
import { Wide } from '../parts/totals.tsx';
import { apiPath } from '../api-path.ts';
import { count, many, rough, span } from '../words.ts';

export const STATUS: Record<RunBrief['status'], string> = {
  starting: 'starting',
  running: 'under way',
  stalled: 'stalled',
  completed: 'completed',
  failed: 'failed',
};

function Row({ of, most }: { of: ListedRun; most: Most }) {
  return (
    <tr>
      <th scope="row">
        <a href={link('run', { run: of.runId })}>
          <Time at={of.startedAt} />
        </a>
        {of.revision > 1 && <small>collected again {many(of.revision - 1, 'time')}</small>}
      </th>
      <td class={of.status === 'failed' || of.status === 'stalled' ? 'bad' : undefined}>
        {STATUS[of.status]}
      </td>
      <td>{of.quality === null ? '–' : <Checks of={of.quality} run={of.runId} />}</td>
      <td class="number">
        <a href={link('repositories', { run: of.runId })}>{count(of.created)}</a>
      </td>
      <td class="number">
        {of.failed > 0 ? <a href={link('failures', { run: of.runId })}>{count(of.failed)}</a> : '0'}
        {of.failedSources > 0 && (
          <small>
            <a href={link('run', { run: of.runId })}>{many(of.failedSources, 'source')}</a>
          </small>
        )}
      </td>
      <Bar value={of.seconds} most={most.seconds} text={told(of.seconds, span)} />
      <Bar value={of.githubSeconds} most={most.githubSeconds} text={told(of.githubSeconds, span)} />
      <Bar value={of.githubPoints} most={most.githubPoints} text={told(of.githubPoints, count)} />
      <Bar value={of.requestUnits} most={most.requestUnits} text={told(of.requestUnits, rough)} />
    </tr>
  );
}

/** What the checks of its numbers found, in one word, which leads to them where there is something to look at. */
function Checks({ of, run }: { of: NonNullable<ListedRun['quality']>; run: string }) {
  if (of === 'passed') return <>passed</>;
  return (
    <a href={link('run', { run })} class={of === 'warned' ? undefined : 'bad'}>
      {QUALITY[of]}
    </a>
  );
}

/** What a run costs is summed at its end. */
const told = (value: number | null, words: (value: number) => string): string =>
  value === null ? '–' : words(value);

/** Of those that did not pass. */
const QUALITY = { warned: 'look at it', failed: 'failed', held: 'event held back' } as const;

const MEASURED = ['seconds', 'githubSeconds', 'githubPoints', 'requestUnits'] as const;
type Most = Record<(typeof MEASURED)[number], number>;
const HEADS = [
  'Run',
  'Status',
  'Checks',
  'Collected',
  'Failed',
  'Took',
  'GitHub worked',
  'Points',
  'Request units',
];

export function Runs({ overview }: { overview: Overview }) {
  const after = state.value.get('after') ?? undefined;
  const answer = useAnswer<RunList>(apiPath('runs', { after, limit: '30' }));
  const { last, live } = overview;
  return (
    <>
      {live && <LiveRun of={live} />}
      {last && overview.failures.length > 0 && (
        <section aria-labelledby="failed">
          <h2 id="failed">
            What failed in the run of <Time at={last.startedAt} />
          </h2>
          <Reasons of={overview.failures} run={last.runId} />
        </section>
      )}
      <section aria-labelledby="history">
        <h2 id="history">All runs</h2>
        <Told answer={answer}>
          {({ items, next, asOf }) => {
            const most = Object.fromEntries(
              MEASURED.map((name) => [name, Math.max(0, ...items.map((run) => run[name] ?? 0))]),
            ) as Most;
            return (
              <>
                <Wide label="All runs">
                  <table>
                    <caption>
                      The latest first, as of <Time at={asOf} />
                    </caption>
                    <thead>
                      <tr>
                        {HEADS.map((head, i) => (
                          <th scope="col" key={head} class={i > 2 ? 'number' : undefined}>
                            {head}
                          </th>
                        ))}
                      </tr>
                    </thead>
                    <tbody>
                      {items.map((run) => (
                        <Row key={run.runId} of={run} most={most} />
                      ))}
                    </tbody>
                  </table>
                </Wide>
                <Pager next={next} shown={items.length} />
              </>
            );
          }}
        </Told>
      </section>
    </>
  );
}
