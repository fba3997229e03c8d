/** The repositories that failed in a run: all, or those of one reason. */
import type { FailureList, RunDetail } from '@github-repo-stats/reporter/contract';
import { changed, link, state } from '../address.ts';
import { useAnswer } from '../answer.ts';
import { apiPath } from '../api-path.ts';
import { LiveRun } from '../parts/live-run.tsx';
import { RunAgain } from '../parts/orders.tsx';
import { Pager } from '../parts/pager.tsx';
import { RepositoryLink } from '../parts/repository-link.tsx';
import { Time } from '../parts/time.tsx';
import { Told } from '../parts/told.tsx';
import { Wide } from '../parts/totals.tsx';
import { count, many } from '../words.ts';

export function Failures() {
  const words = state.value;
  const run = words.get('run') ?? 'latest';
  const reason = words.get('reason') ?? undefined;
  const answer = useAnswer<FailureList>(
    apiPath(`runs/${encodeURIComponent(run)}/failures`, {
      reason,
      after: words.get('after') ?? undefined,
      limit: '100',
    }),
  );
  const { data: detail } = useAnswer<RunDetail>(apiPath(`runs/${encodeURIComponent(run)}`));
  return (
    <>
      <p>
        <a href={link('run', { run })}>The run</a>
        {reason !== undefined && (
          <>
            {' · only those with the reason '}
            <code>{reason}</code>
            {' · '}
            <a href={changed({ reason: undefined, after: undefined })}>all</a>
          </>
        )}
      </p>
      {detail && <RunAgain of={detail} some={reason !== undefined} />}
      {detail?.live && <LiveRun of={detail.live} />}
      <Told answer={answer}>
        {({ items, next, total, asOf }) => (
          <>
            <Wide label="Failed repositories">
              <table>
                <caption>
                  {many(total, 'repository', 'repositories')} failed, as of <Time at={asOf} />
                </caption>
                <thead>
                  <tr>
                    <th scope="col">Repository</th>
                    <th scope="col">Reason</th>
                    <th scope="col">What was said</th>
                    <th scope="col" class="number">
                      Tries
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((failed) => (
                    <tr key={failed.repo}>
                      <th scope="row">
                        <RepositoryLink name={failed.repo} />
                      </th>
                      <td>{failed.reason}</td>
                      <td>{failed.detail}</td>
                      <td class="number">{failed.attempt}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Wide>
            <Pager next={next} shown={items.length} total={count(total)} />
          </>
        )}
      </Told>
    </>
  );
}
