/** The first view: the run under way, totals and their change, what moved most, what became of repositories. */
import type { Overview } from '@github-repo-stats/reporter/contract';
import { link } from '../address.ts';
import { LiveRun } from '../parts/live-run.tsx';
import { Movers } from '../parts/movers.tsx';
import { QualityHint } from '../parts/quality.tsx';
import { Reasons } from '../parts/reasons.tsx';
import { Time } from '../parts/time.tsx';
import { Totals } from '../parts/totals.tsx';
import { WhatHappened } from '../parts/what-happened.tsx';

export function Home({ overview }: { overview: Overview }) {
  const { last, live, totals } = overview;
  return (
    <>
      {live && <LiveRun of={live} />}
      <QualityHint of={overview} />
      {last && overview.failures.length > 0 && (
        <section aria-labelledby="failed">
          <h2 id="failed">What failed</h2>
          <Reasons of={overview.failures} run={last.runId} />
        </section>
      )}
      {last && totals && (
        <section aria-labelledby="totals">
          <h2 id="totals">Totals</h2>
          <Totals
            totals={totals}
            change={overview.change}
            comparedWith={overview.comparedWith}
            caption="All repositories of the last run, archived ones among them"
          />
          <p class="quiet">
            As of the run of <Time at={last.startedAt} />. <a href={link('repositories')}>All repositories</a>
          </p>
        </section>
      )}
      {last && overview.movers && <Movers of={overview} />}
      {last && overview.events && (
        <section aria-labelledby="events">
          <h2 id="events">
            In the run of <Time at={last.startedAt} />
          </h2>
          <WhatHappened of={overview.events} />
          <p class="quiet">
            <a href={link('events')}>What happened before</a>
          </p>
        </section>
      )}
      {!last && !live && <p>There are no numbers yet. They come with the first run.</p>}
    </>
  );
}
