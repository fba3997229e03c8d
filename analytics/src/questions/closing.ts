/** Where the backlog melts. */
import { bothEnds, GROUPS, percent } from '../both-ends.ts';
import { by, limit, question, SPAN } from '../question.ts';

export const closing = question({
  name: 'closing',
  title: 'Issues closed faster than opened',
  tells:
    'Repositories, organisations or languages in which more issues were closed than opened within a span, those first that reduced most.',
  parameters: { ...by(['repository', 'org', 'language']), ...SPAN, ...limit(100) },
  sql: ({ by, from, to, limit }) => `
WITH ${bothEnds({ from, to })}, sums AS (
  SELECT ${GROUPS[by]} AS "${by}",
         sum("now_totalIssues" - "then_totalIssues")::BIGINT AS opened,
         sum("now_closedIssues" - "then_closedIssues")::BIGINT AS closed,
         coalesce(sum("now_openIssues") FILTER (NOT gone), 0)::BIGINT AS open
  FROM ends GROUP BY ALL
)
SELECT "${by}", opened, closed, closed - opened AS fewer, ${percent('closed', 'opened')} AS "closedPercent", open
FROM sums WHERE closed > opened ORDER BY fewer DESC, "${by}" LIMIT ${limit}`,
});
