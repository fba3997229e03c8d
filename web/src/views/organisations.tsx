/** All organisations of a run: totals, changes and a small line each. */
import type { Overview, OrganisationList } from '@github-repo-stats/reporter/contract';
import { changed, choice, link, state } from '../address.ts';
import { useAnswer } from '../answer.ts';
import { apiPath } from '../api-path.ts';
import { Sparkline } from '../charts/sparkline.tsx';
import { Choice } from '../parts/choice.tsx';
import { Movers } from '../parts/movers.tsx';
import { ChangeCell, Number } from '../parts/number.tsx';
import { Pager } from '../parts/pager.tsx';
import { Time } from '../parts/time.tsx';
import { Told } from '../parts/told.tsx';
import { Wide } from '../parts/totals.tsx';
import { count, METRIC_NAMES, METRICS, SINCE, WINDOW_NAMES } from '../words.ts';

export function Organisations({ overview }: { overview: Overview }) {
  const words = state.value;
  const window = choice('window', WINDOW_NAMES);
  const answer = useAnswer<OrganisationList>(
    apiPath('runs/latest/organisations', { after: words.get('after') ?? undefined, limit: '50' }),
  );
  return (
    <>
      <Choice
        label="Change"
        of={WINDOW_NAMES.map((name) => [SINCE[name], changed({ window: name }), name === window])}
      />
      <Told answer={answer}>
        {(list) => (
          <>
            <Wide label="Organisations">
              <table>
                <caption>
                  {count(list.total)} {list.total === 1 ? 'owner' : 'owners'}, as of <Time at={list.asOf} />
                  {list.comparedWith[window] && (
                    <>
                      , changes since <Time at={list.comparedWith[window]} />
                    </>
                  )}
                </caption>
                <thead>
                  <tr>
                    <th scope="col">Organisation</th>
                    <th scope="col" class="number">
                      Repositories
                    </th>
                    {METRIC_NAMES.map((metric) => [
                      <th scope="col" class="number" key={metric}>
                        {METRICS[metric]}
                      </th>,
                      <th scope="col" class="number" key={`${metric}.`}>
                        <span class="unseen">{METRICS[metric]}, </span>
                        {SINCE[window]}
                      </th>,
                    ])}
                    <th scope="col">Stars, 30 days</th>
                  </tr>
                </thead>
                <tbody>
                  {list.items.map(({ owner, totals, change, trend }) => (
                    <tr key={owner}>
                      <th scope="row">
                        <a href={link('organisation', { org: owner })}>{owner}</a>
                      </th>
                      <td class="number">
                        <a href={link('repositories', { org: owner, archived: 'show' })}>
                          {count(totals.repositories)}
                        </a>
                      </td>
                      {METRIC_NAMES.map((metric) => [
                        <Number key={metric} of={totals[metric]} />,
                        <ChangeCell key={`${metric}.`} by={change[window]?.[metric]} />,
                      ])}
                      <td>
                        <Sparkline values={trend} label={`Stars of ${owner} in the last 30 days`} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Wide>
            <Pager next={list.next} shown={list.items.length} total={count(list.total)} />
          </>
        )}
      </Told>
      {overview.movers && <Movers of={overview} />}
    </>
  );
}
