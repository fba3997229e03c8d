/** One run: how it went, what failed and why, totals then, and what became of repositories. */
import type { RunDetail } from '@github-repo-stats/reporter/contract';
import { link, state } from '../address.ts';
import { useAnswer } from '../answer.ts';
import { apiPath } from '../api-path.ts';
import { LiveRun } from '../parts/live-run.tsx';
import { RunAgain } from '../parts/orders.tsx';
import { QualityOfRun } from '../parts/quality.tsx';
import { Reasons } from '../parts/reasons.tsx';
import { Result } from '../parts/sentence.tsx';
import { Time } from '../parts/time.tsx';
import { Told } from '../parts/told.tsx';
import { Totals } from '../parts/totals.tsx';
import { WhatHappened } from '../parts/what-happened.tsx';
import { count, rough, span } from '../words.ts';

export function Run() {
  const run = state.value.get('run') ?? 'latest';
  const answer = useAnswer<RunDetail>(apiPath(`runs/${encodeURIComponent(run)}`));
  return (
    <Told answer={answer}>
      {(detail) => (
        <>
          <Opening of={detail} />
          {detail.live && <LiveRun of={detail.live} />}
          {detail.failures.length + detail.failedSources.length + detail.refusedCredentials.length > 0 && (
            <Failed of={detail} />
          )}
          <RunAgain of={detail} />
          {detail.quality && <QualityOfRun of={detail.quality} run={detail.run.runId} />}
          {detail.totals && (
            <section aria-labelledby="totals">
              <h2 id="totals">Totals then</h2>
              <Totals
                totals={detail.totals}
                change={detail.change}
                comparedWith={detail.comparedWith}
                caption="All repositories of this run, archived ones among them"
              />
            </section>
          )}
          {detail.events && (
            <section aria-labelledby="events">
              <h2 id="events">What became of repositories</h2>
              <WhatHappened of={detail.events} />
            </section>
          )}
        </>
      )}
    </Told>
  );
}

function Opening({ of: { run, failures, asOf } }: { of: RunDetail }) {
  return (
    <>
      <p>
        {run.endedAt !== null && (
          <>
            It <Result run={run} failures={failures} />.{' '}
          </>
        )}
        Started <Time at={run.startedAt} /> {run.trigger === 'schedule' ? 'by the schedule' : 'on demand'}
        {run.seconds !== null && run.endedAt !== null && `, and took ${span(run.seconds)}`}.{' '}
        {run.revision > 1 && `This is its revision ${run.revision}: some of it was collected again. `}
      </p>
      <p class="quiet">
        Run <code>{run.runId}</code>
        {run.githubCalls !== null &&
          run.githubPoints !== null &&
          run.githubSeconds !== null &&
          run.requestUnits !== null &&
          `: ${count(run.githubCalls)} calls to GitHub, ${count(run.githubPoints)} points, ${span(run.githubSeconds)} of GitHub's time, ${rough(run.requestUnits)} request units for writing`}
        . As of <Time at={asOf} />.
        {run.duplicates > 0 && ` ${count(run.duplicates)} were listed twice and count once.`}
      </p>
    </>
  );
}

function Failed({ of }: { of: RunDetail }) {
  return (
    <section aria-labelledby="failed">
      <h2 id="failed">What failed</h2>
      <Reasons of={of.failures} run={of.run.runId} />
      {of.failures.length > 1 && (
        <p>
          <a href={link('failures', { run: of.run.runId })}>All that failed</a>
        </p>
      )}
      {of.failedSources.length > 0 && (
        <>
          <h3>Sources that could not be listed</h3>
          <ul>
            {of.failedSources.map(({ source, reason, detail }) => (
              <li key={source}>
                <b>{source}</b>: {reason}
                {detail !== null && `: ${detail}`}
              </li>
            ))}
          </ul>
        </>
      )}
      {of.refusedCredentials.length > 0 && (
        <p class="problem">GitHub refused the credentials {of.refusedCredentials.join(', ')}: renew them.</p>
      )}
    </section>
  );
}
