/** What is open, and whether it becomes less. */
import { bothEnds, GROUPS } from '../both-ends.ts';
import { by, limit, question, SPAN } from '../question.ts';

export const backlog = question({
  name: 'backlog',
  title: 'Backlog',
  tells:
    'Per organisation, language or repository: issues and pull requests open at both ends of a span, how many were opened and closed in it, and for how many weeks the open issues last at that pace.',
  parameters: { ...by(['org', 'language', 'repository']), ...SPAN, ...limit(100) },
  sql: ({ by, from, to, limit }) => `
WITH ${bothEnds({ from, to })}, sums AS (
  SELECT ${GROUPS[by]} AS "${by}",
         sum("then_openIssues")::BIGINT AS "openIssuesThen",
         coalesce(sum("now_openIssues") FILTER (NOT gone), 0)::BIGINT AS "openIssues",
         sum("now_totalIssues" - "then_totalIssues")::BIGINT AS "issuesOpened",
         sum("now_closedIssues" - "then_closedIssues")::BIGINT AS "issuesClosed",
         sum("then_openPRs")::BIGINT AS "openPullRequestsThen",
         coalesce(sum("now_openPRs") FILTER (NOT gone), 0)::BIGINT AS "openPullRequests",
         (any_value(last) - any_value(first)) / 7.0 AS weeks
  FROM ends GROUP BY ALL
)
SELECT * EXCLUDE (weeks), "openIssues" - "openIssuesThen" AS "openIssuesMore",
       CASE WHEN "issuesClosed" > 0 THEN round("openIssues" * weeks / "issuesClosed", 1) END AS "weeksOfWork"
FROM sums ORDER BY "openIssues" DESC, "${by}" LIMIT ${limit}`,
});
