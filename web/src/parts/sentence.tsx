/** What every page opens with: whether the last run worked, what failed, what is under way, and when the next one starts. */
import type { Overview, ReasonCount, RunBrief } from '@github-repo-stats/reporter/contract';
import { link } from '../address.ts';
import { count, many } from '../words.ts';
import { Away, Time } from './time.tsx';

/** So many reasons are named; the rest is behind the link. */
const NAMED = 3;

function Failures({ run, failures }: { run: RunBrief; failures: readonly ReasonCount[] }) {
  if (run.failed === 0) return null;
  const named = failures.slice(0, NAMED).map(({ count: n, what }) => `${count(n)} ${what}`);
  const rest = failures.slice(NAMED).reduce((sum, { count: n }) => sum + n, 0);
  if (rest > 0) named.push(`${count(rest)} for other reasons`);
  return (
    <>
      {', '}
      <a href={link('run', { run: run.runId })}>{count(run.failed)} failed</a>
      {named.length > 0 && ` (${named.join('; ')})`}
    </>
  );
}

/** How a run at its end went, without its time. */
export function Result({ run, failures }: { run: RunBrief; failures: readonly ReasonCount[] }) {
  if (run.status === 'failed')
    return (
      <>
        <strong class="bad">failed</strong>: nothing could be collected
        <Failures run={run} failures={failures} />
        {run.failedSources > 0 && `, ${many(run.failedSources, 'source')} could not be listed`}
      </>
    );
  const all = run.failed === 0 && run.failedSources === 0;
  return (
    <>
      <strong class={all ? 'good' : 'bad'}>{all ? 'worked' : 'worked, but not for all'}</strong>
      {': '}
      <a href={link('repositories', { run: run.runId })}>
        {all
          ? `all ${many(run.created, 'repository', 'repositories')}`
          : `${count(run.created)} of ${many(run.planned, 'repository', 'repositories')}`}
      </a>
      {' collected'}
      <Failures run={run} failures={failures} />
      {run.failedSources > 0 && (
        <>
          {', '}
          <a href={link('run', { run: run.runId })}>
            {many(run.failedSources, 'source')} could not be listed
          </a>
        </>
      )}
    </>
  );
}

export function Sentence({ of }: { of: Overview }) {
  const { last, live, nextRunAt } = of;
  return (
    <p class="sentence">
      {last ? (
        <>
          The last run, of <Time at={last.startedAt} />, <Result run={last} failures={of.failures} />.{' '}
        </>
      ) : (
        !live && 'No run has ended yet. '
      )}
      {live && (
        <>
          <a href={link('runs')}>
            {live.run.status === 'stalled' ? 'A run is stalled' : 'A run is under way'}
          </a>
          {live.run.planned > 0
            ? `: ${count(live.settled)} of ${many(live.run.planned, 'repository', 'repositories')}. `
            : ', and its sources are being listed. '}
        </>
      )}
      {nextRunAt === null ? (
        'No run is scheduled.'
      ) : (
        <>
          The next one starts at <Time at={nextRunAt} /> (<Away at={nextRunAt} />
          ).
        </>
      )}
    </p>
  );
}

/** The same for who hears the page, once per run: not each time that a number moves. */
export const spoken = ({ last, live }: Overview): string =>
  [
    live ? 'A run is under way.' : '',
    last
      ? `The last run ${last.status === 'failed' ? 'failed' : `collected ${count(last.created)} of ${count(last.planned)}`}.`
      : '',
  ]
    .join(' ')
    .trim();
