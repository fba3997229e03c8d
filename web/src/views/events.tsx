/** What became of repositories, by the runs that saw it, the latest first. */
import type { EventList } from '@github-repo-stats/reporter/contract';
import { changed, choice, link, state } from '../address.ts';
import { useAnswer } from '../answer.ts';
import { apiPath } from '../api-path.ts';
import { Choice } from '../parts/choice.tsx';
import { Pager } from '../parts/pager.tsx';
import { Time, timeText } from '../parts/time.tsx';
import { Told } from '../parts/told.tsx';
import { KINDS, Names } from '../parts/what-happened.tsx';
import { count } from '../words.ts';

type Item = EventList['items'][number];

const WORDS: Record<Item['kind'], string> = { ...KINDS, lostAccess: 'Access lost, most likely' };
const DAYS = ['30', '90', '365'] as const;

/** Each run by itself, in the order in which they came. */
function byRun(items: readonly Item[]): [string, Item[]][] {
  const runs = new Map<string, Item[]>();
  for (const item of items) runs.set(item.runId, [...(runs.get(item.runId) ?? []), item]);
  return [...runs];
}

export function Events() {
  const days = choice('days', DAYS);
  const answer = useAnswer<EventList>(
    apiPath('events', { days, after: state.value.get('after') ?? undefined, limit: '100' }),
  );
  return (
    <>
      <Choice
        label="Of the last"
        of={DAYS.map((name) => [`${name} days`, changed({ days: name, after: undefined }), name === days])}
      />
      <Told answer={answer}>
        {({ items, next, asOf }) => (
          <>
            <p class="quiet">
              As of <Time at={asOf} />. What is new or gone comes from what sources listed, never from
              failures.
            </p>
            {items.length === 0 && <p>Nothing was new, gone, renamed or archived in these {days} days.</p>}
            {byRun(items).map(([runId, of]) => (
              <section key={runId} aria-label={`Run of ${timeText(of[0]!.at)}`}>
                <h2>
                  <a href={link('run', { run: runId })}>
                    <Time at={of[0]!.at} />
                  </a>
                </h2>
                <ul class="plain">
                  {of.map(({ kind, total, names }) => (
                    <li key={kind}>
                      <b>
                        {WORDS[kind]}: {count(total)}
                      </b>{' '}
                      {kind === 'lostAccess' || kind === 'renamed' ? (
                        names.join(', ')
                      ) : (
                        <Names of={names} total={total} />
                      )}
                    </li>
                  ))}
                </ul>
              </section>
            ))}
            <Pager next={next} shown={items.length} />
          </>
        )}
      </Told>
    </>
  );
}
