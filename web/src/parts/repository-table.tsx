/** A page of repositories: each number, and its change over one window; heads sort. */
import type { ComponentChildren } from 'preact';
import type { RepositoryList, RepositorySort } from '@github-repo-stats/reporter/contract';
import { changed, state } from '../address.ts';
import type { Metric, Window } from '../contract.ts';
import { METRIC_NAMES, METRICS, SINCE } from '../words.ts';
import { ChangeCell, Number, Unknown } from './number.tsx';
import { RepositoryLink } from './repository-link.tsx';
import { Away, Time } from './time.tsx';
import { Wide } from './totals.tsx';

const LESS: readonly (readonly [RepositorySort & ('closedIssues' | 'mergedPRs'), string])[] = [
  ['closedIssues', 'Closed issues'],
  ['mergedPRs', 'Merged pull requests'],
];

/** A head that sorts by its column, and the other way round when it does already. */
function Head({
  by,
  children,
  number,
}: {
  by: RepositorySort;
  children: ComponentChildren;
  number?: boolean;
}) {
  const words = state.value;
  const chosen = (words.get('sort') ?? 'stars') === by;
  const first = by === 'repo' ? 'asc' : 'desc';
  const now = words.get('order') ?? 'desc';
  const order = chosen ? (now === 'asc' ? 'desc' : 'asc') : first;
  return (
    <th
      scope="col"
      class={number ? 'number' : undefined}
      aria-sort={chosen ? (now === 'asc' ? 'ascending' : 'descending') : undefined}
    >
      <a href={changed({ sort: by, order: order === 'desc' ? undefined : order, after: undefined })}>
        {children}
        {chosen && <span aria-hidden="true">{now === 'asc' ? ' ▲' : ' ▼'}</span>}
      </a>
    </th>
  );
}

export function RepositoryTable(of: { list: RepositoryList; window: Window; caption: ComponentChildren }) {
  const { list, window } = of;
  return (
    <Wide label="Repositories">
      <table class="repositories">
        <caption>{of.caption}</caption>
        <thead>
          <tr>
            <Head by="repo">Repository</Head>
            {METRIC_NAMES.map((metric) => (
              <Pair key={metric} metric={metric} window={window} />
            ))}
            {LESS.map(([name, word]) => (
              <Head key={name} by={name} number>
                {word}
              </Head>
            ))}
            <th scope="col">Language</th>
            <Head by="pushedAt">Last push</Head>
          </tr>
        </thead>
        <tbody>
          {list.items.map((row) => (
            <tr key={row.repo}>
              <th scope="row">
                <RepositoryLink name={row.repo} />
                {row.isArchived && <small>archived</small>}
                {row.isFork && <small>fork</small>}
                {row.visibility.toUpperCase() !== 'PUBLIC' && <small>{row.visibility.toLowerCase()}</small>}
              </th>
              {METRIC_NAMES.map((metric) => [
                <Number key={metric} of={row[metric]} />,
                <ChangeCell key={`${metric}.`} by={row.change[window]?.[metric]} />,
              ])}
              {LESS.map(([name]) => (
                <Number key={name} of={row[name]} />
              ))}
              <td>{row.language ?? <Unknown why="none" />}</td>
              <td class="when">
                {row.pushedAt === null ? (
                  <Unknown why="never" />
                ) : (
                  <>
                    <Time at={row.pushedAt} day />
                    <small>
                      <Away at={row.pushedAt} />
                    </small>
                  </>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {list.items.length === 0 && <p>No repository fits.</p>}
    </Wide>
  );
}

const Pair = ({ metric, window }: { metric: Metric; window: Window }) => (
  <>
    <Head by={metric} number>
      {METRICS[metric]}
    </Head>
    <Head by={`${metric}.${window}`} number>
      <span class="unseen">{METRICS[metric]}, </span>
      {SINCE[window]}
    </Head>
  </>
);
