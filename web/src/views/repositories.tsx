/** All repositories of a run in one table: searched, filtered, sorted and paged by the server, its state in the address. */
import { useState } from 'preact/hooks';
import type { Overview, RepositoryList } from '@github-repo-stats/reporter/contract';
import { changed, choice, state } from '../address.ts';
import { useAnswer } from '../answer.ts';
import { apiPath } from '../api-path.ts';
import { Choice } from '../parts/choice.tsx';
import { Pager } from '../parts/pager.tsx';
import { RepositoryFilter } from '../parts/repository-filter.tsx';
import { RepositoryTable } from '../parts/repository-table.tsx';
import { Time } from '../parts/time.tsx';
import { Told } from '../parts/told.tsx';
import { count, SINCE, WINDOW_NAMES } from '../words.ts';

const ASKED = ['search', 'org', 'language', 'archived', 'sort', 'order', 'after'] as const;
const ARCHIVED = [
  ['hide', 'hidden'],
  ['show', 'shown'],
  ['only', 'only these'],
] as const;

export function Repositories({ overview }: { overview: Overview }) {
  const words = state.value;
  // The latest when the view was opened: a run that ends meanwhile must not move what is being read.
  const [opened, open] = useState(overview.last?.runId);
  const latest = overview.last?.runId;
  if (opened === undefined && latest !== undefined) open(latest);
  const chosen = words.get('run') ?? undefined;
  const run = chosen ?? opened;
  const window = choice('window', WINDOW_NAMES);
  const archived = choice('archived', ['hide', 'show', 'only']);
  const query = Object.fromEntries(ASKED.map((name) => [name, words.get(name) ?? undefined]));
  const answer = useAnswer<RepositoryList>(
    run === undefined
      ? undefined
      : apiPath(`runs/${encodeURIComponent(run)}/repositories`, { sort: 'stars', ...query, limit: '50' }),
  );
  if (run === undefined) return <p>There are no numbers yet. They come with the first run.</p>;
  return (
    <>
      <RepositoryFilter />
      <Choice
        label="Archived ones are"
        of={ARCHIVED.map(([name, word]) => [
          word,
          changed({ archived: name === 'hide' ? undefined : name, after: undefined }),
          name === archived,
        ])}
      />
      <Choice
        label="Change"
        of={WINDOW_NAMES.map((name) => [SINCE[name], changed({ window: name }), name === window])}
      />
      <p class="quiet newer">
        {chosen === undefined && latest !== undefined && latest !== run && (
          <button type="button" onClick={() => open(latest)}>
            A newer run has ended: show it
          </button>
        )}
        {chosen !== undefined && chosen !== latest && (
          <a href={changed({ run: undefined, after: undefined })}>This is an older run: show the latest</a>
        )}
      </p>
      <Told answer={answer}>
        {(list) => (
          <>
            <RepositoryTable
              list={list}
              window={window}
              caption={
                <>
                  {count(list.total)} {list.total === 1 ? 'repository' : 'repositories'}
                  {list.archivedHidden > 0 && (
                    <>
                      {', and '}
                      <a href={changed({ archived: 'show', after: undefined })}>
                        {count(list.archivedHidden)} archived
                      </a>
                      {' that are hidden'}
                    </>
                  )}
                  {'. As of '}
                  <Time at={list.asOf} />
                  {list.comparedWith[window] ? (
                    <>
                      , changes since <Time at={list.comparedWith[window]} />
                    </>
                  ) : (
                    `; no run ${SINCE[window].replace('in ', 'of ')} to compare with`
                  )}
                  .
                </>
              }
            />
            <Pager next={list.next} shown={list.items.length} total={count(list.total)} />
          </>
        )}
      </Told>
    </>
  );
}
