/** Who has not been worked on for a long time. */
import { days, limit, question } from '../question.ts';
import { GONE_AFTER_DAYS } from '../views.ts';

export const silent = question({
  name: 'silent',
  title: 'Repositories without a push',
  tells:
    'Repositories that are there, are not archived, and had no push for so many days before the last run; the most starred first. “As of” is the day of that run.',
  parameters: { ...days(365), ...limit(100) },
  sql: ({ days: without, limit: most }) => `
WITH here AS (
  SELECT *, (SELECT max(date) FROM days) AS "asOf" FROM days
  WHERE date >= (SELECT max(date) FROM days) - ${GONE_AFTER_DAYS}
  QUALIFY row_number() OVER (PARTITION BY "repoId" ORDER BY date DESC) = 1
)
SELECT repo, "asOf", coalesce("pushedAt", "createdAt")::DATE AS "lastPush",
       "asOf" - coalesce("pushedAt", "createdAt")::DATE AS "daysWithout", stars, "openIssues", "openPRs" AS "openPullRequests", language
FROM here
WHERE NOT "isArchived" AND "asOf" - coalesce("pushedAt", "createdAt")::DATE >= ${without}
ORDER BY stars DESC, repo LIMIT ${most}`,
});
