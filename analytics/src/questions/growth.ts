/** How organisations or languages grew. */
import { bothEnds, GROUPS, percent } from '../both-ends.ts';
import { by, limit, question, SPAN } from '../question.ts';

export const growth = question({
  name: 'growth',
  title: 'Growth',
  tells:
    'Per organisation or language: repositories and stars at both ends of a span, and forks, issues and pull requests that came. New repositories begin with nothing, those that are gone end with nothing.',
  parameters: { ...by(['org', 'language']), ...SPAN, ...limit(100) },
  sql: ({ by, from, to, limit }) => `
WITH ${bothEnds({ from, to })}, sums AS (
  SELECT ${GROUPS[by]} AS "${by}",
         count(*) FILTER (NOT is_new) AS "repositoriesThen", count(*) FILTER (is_new) AS new, count(*) FILTER (gone) AS gone,
         count(*) FILTER (NOT gone) AS repositories,
         sum(then_stars)::BIGINT AS "starsThen", coalesce(sum("now_stars") FILTER (NOT gone), 0)::BIGINT AS stars,
         sum("now_forks" - "then_forks")::BIGINT AS "forksMore",
         sum("now_totalIssues" - "then_totalIssues")::BIGINT AS "issuesOpened",
         sum("now_totalPRs" - "then_totalPRs")::BIGINT AS "pullRequestsOpened"
  FROM ends GROUP BY ALL
)
SELECT "${by}", "repositoriesThen", new, gone, repositories, "starsThen", stars, stars - "starsThen" AS "starsMore",
       ${percent('stars - "starsThen"', '"starsThen"')} AS "starsMorePercent", "forksMore", "issuesOpened", "pullRequestsOpened"
FROM sums ORDER BY "starsMore" DESC, "${by}" LIMIT ${limit}`,
});
