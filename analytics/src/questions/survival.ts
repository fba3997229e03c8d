/** What becomes of repositories that are archived or renamed. */
import { percent } from '../both-ends.ts';
import { question } from '../question.ts';
import { GONE_AFTER_DAYS } from '../views.ts';

export const survival = question({
  name: 'survival',
  title: 'Survival of archived and renamed repositories',
  tells:
    'Of the repositories that were archived or renamed while they were watched, that were archived already, and of all others: how many are still there, how many archived ones were taken up again, and how many days they have been seen since (the median).',
  parameters: {},
  sql: () => `
WITH names AS (
  SELECT "repoId", repo, min(date) AS since, max(date) AS until,
         min(date) FILTER ("isArchived") AS archived, max(date) FILTER (NOT "isArchived") AS active
  FROM days GROUP BY ALL
), lives AS (
  SELECT "repoId", min(since) AS first, max(until) AS last, min(archived) AS archived, max(active) AS active,
         CASE WHEN count(*) > 1 THEN max(since) END AS renamed
  FROM names GROUP BY ALL
), turns AS (
  SELECT 1 AS place, 'archived' AS what, archived AS since, * FROM lives WHERE archived > first
  UNION ALL SELECT 2, 'archived before', first, * FROM lives WHERE archived = first
  UNION ALL SELECT 3, 'renamed', renamed, * FROM lives WHERE renamed IS NOT NULL
  UNION ALL SELECT 4, 'neither', first, * FROM lives WHERE archived IS NULL AND renamed IS NULL
)
SELECT what, count(*) AS repositories, count(*) FILTER (there) AS there, count(*) FILTER (NOT there) AS gone,
       count(*) FILTER (active > archived) AS "takenUpAgain", ${percent('count(*) FILTER (there)', 'count(*)')} AS "therePercent",
       median(last - since)::INTEGER AS "medianDaysSince"
FROM (SELECT *, last >= (SELECT max(date) FROM days) - ${GONE_AFTER_DAYS} AS there FROM turns)
GROUP BY place, what ORDER BY place`,
});
