/** Who rose and who fell in a year. */
import { bothEnds, percent } from '../both-ends.ts';
import { limit, question, YEAR } from '../question.ts';

const YEAR_DAYS = 365;

export const movers = question({
  name: 'movers',
  title: "The year's movers",
  tells:
    'Repositories whose stars changed most in a calendar year (without one: in the last 365 days), with the name that each began the year with, where that was another.',
  parameters: { ...YEAR, ...limit(20) },
  sql: ({ year, limit }) => {
    const span =
      year === undefined ? { lastDays: YEAR_DAYS } : { from: `${year}-01-01`, to: `${year}-12-31` };
    return `
WITH ${bothEnds(span)}
SELECT repo, CASE WHEN "then_repo" <> repo THEN "then_repo" END AS formerly, is_new AS new, gone,
       "then_stars" AS "starsThen", "now_stars" AS stars, "now_stars" - "then_stars" AS "starsMore",
       ${percent('"now_stars" - "then_stars"', '"then_stars"')} AS "starsMorePercent", "now_forks" - "then_forks" AS "forksMore", language
FROM ends ORDER BY abs("starsMore") DESC, repo LIMIT ${limit}`;
  },
});
