/** Questions to the whole history, as they were answered after a run: each a table. */
import type { AnalysisAnswer, AnalysisList } from '@github-repo-stats/reporter/analysis-contract';
import { changed, state } from '../address.ts';
import { useAnswer } from '../answer.ts';
import { apiPath } from '../api-path.ts';
import { Choice } from '../parts/choice.tsx';
import { RepositoryLink } from '../parts/repository-link.tsx';
import { Time } from '../parts/time.tsx';
import { Told } from '../parts/told.tsx';
import { count } from '../words.ts';

/** Columns that name a repository. */
const REPOSITORY = new Set(['repo', 'repository']);

type Cell = AnalysisAnswer['rows'][number][number];

const decimals = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 });
const shown = (value: Cell): string => {
  if (value === null) return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'number' ? decimals.format(value) : value;
};

/** `openIssuesThen` as `open issues then`. */
const heading = (column: string): string =>
  column.replaceAll(
    /([a-z])([A-Z])/g,
    (_, before: string, after: string) => `${before} ${after.toLowerCase()}`,
  );

export function Analysis() {
  const answer = useAnswer<AnalysisList>(apiPath('analysis'));
  return (
    <Told answer={answer}>
      {({ items }) => {
        const chosen = items.find(({ name }) => name === state.value.get('question')) ?? items[0];
        if (!chosen)
          return (
            <p>
              Nothing was asked of the whole history yet. <code>npm run query -- --after-run latest</code>{' '}
              does, once a run is at its end.
            </p>
          );
        return (
          <>
            <Choice
              label="Question"
              of={items.map(({ name, title }) => [title, changed({ question: name }), name === chosen.name])}
            />
            <Answered name={chosen.name} />
          </>
        );
      }}
    </Told>
  );
}

function Answered({ name }: { name: string }) {
  const answer = useAnswer<AnalysisAnswer>(apiPath(`analysis/${encodeURIComponent(name)}`));
  return (
    <Told answer={answer}>
      {(of) => (
        <section aria-labelledby="question">
          <h2 id="question">{of.title}</h2>
          <p>{of.tells}</p>
          <p class="quiet">
            As of the run of <Time at={of.asOf} />
            {of.rows.length < of.total && `; the first ${count(of.rows.length)} of ${count(of.total)} rows`}.
          </p>
          {of.problem !== null && <pre class="problem">{of.problem}</pre>}
          {of.problem === null && of.total === 0 && <p>There are none.</p>}
          {of.total > 0 && <Rows of={of} />}
        </section>
      )}
    </Told>
  );
}

function Rows({ of: { title, columns, rows } }: { of: AnalysisAnswer }) {
  return (
    <div class="wide" role="region" aria-label={title} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map(({ name, isNumber }) => (
              <th key={name} scope="col" class={isNumber ? 'number' : undefined}>
                {heading(name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={i}>
              {row.map((value, column) => (
                <td key={column} class={columns[column]?.isNumber ? 'number' : undefined}>
                  {REPOSITORY.has(columns[column]?.name ?? '') && typeof value === 'string' ? (
                    <RepositoryLink name={value} />
                  ) : (
                    shown(value)
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
