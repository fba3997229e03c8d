/** What the work of a run asks of GitHub, credential by credential: calls, points and seconds. */
import type { Pace } from '@github-repo-stats/shared/pace';
import { QUERY_NAMES } from '@github-repo-stats/shared/github/query-names';
import type { LaneWork, RunWork } from './estimate-pages.ts';
import { requestsFor, secondsReckoned, type BatchRow } from './estimate-requests.ts';

export interface GithubWork {
  listingCalls: number;
  statsCalls: number;
  points: number;
  /** Of GitHub's: its answers added up. */
  answerSeconds: number;
  /** From the first call to the last, the credentials beside each other. */
  wallSeconds: number;
  /** Every credential with work for its statistics has learned how long GitHub takes. */
  learned: boolean;
  /** Credentials that have more work than points for an hour. */
  beyondAnHour: string[];
}

/** Points of a user's token an hour: https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api */
const POINTS_PER_HOUR = 5_000;
/** A page of a listing, until one was timed: in the simulator's model of GitHub (docs/architecture.md) 0.9 to 1.5 s. */
const LISTING_SECONDS = 1;
/** Between two calls of a credential lie 20 to 40 ms (docs/architecture.md). */
const GAP_SECONDS = 0.03;

const repositoriesIn = (rows: readonly BatchRow[]): number =>
  rows.reduce((sum, { batches, repositories }) => sum + batches * repositories, 0);

/** @param paces by name of the credential; a credential that never asked has none. */
export function githubWorkOf(
  { lanes }: Pick<RunWork, 'lanes'>,
  paces: ReadonlyMap<string, Pace>,
  scale: number,
): GithubWork {
  const all: GithubWork = {
    listingCalls: 0,
    statsCalls: 0,
    points: 0,
    answerSeconds: 0,
    wallSeconds: 0,
    learned: true,
    beyondAnHour: [],
  };
  for (const [name, work] of lanes) {
    const lane = laneWork(work, paces.get(name), scale);
    all.listingCalls += lane.listingCalls;
    all.statsCalls += lane.statsCalls;
    all.points += lane.points;
    all.answerSeconds += lane.answerSeconds;
    all.wallSeconds = Math.max(all.wallSeconds, lane.wallSeconds);
    all.learned &&= lane.learned;
    if (lane.points > POINTS_PER_HOUR) all.beyondAnHour.push(name);
  }
  return all;
}

function laneWork(
  { listings, byId, byName }: LaneWork,
  pace: Pace | undefined,
  scale: number,
): Omit<GithubWork, 'beyondAnHour'> {
  const repositories = repositoriesIn(byId) + repositoriesIn(byName);
  // Those with names alone come in any order: counted as if they came first.
  const requests = requestsFor([...byName, ...byId], pace?.learned, scale);
  const requestsByName = requestsFor(byName, pace?.learned, scale);
  const asked = [
    { query: QUERY_NAMES.listing, calls: listings },
    { query: QUERY_NAMES.byName, calls: requestsByName },
    { query: QUERY_NAMES.byId, calls: requests - requestsByName },
  ].filter(({ calls }) => calls > 0);
  // The first call of each shape is preceded by a dry run, which is free of points.
  const dry = asked.filter(({ query }) => pace?.dryRuns?.[query] === undefined);
  const points = asked.reduce(
    (sum, { query, calls }) => sum + calls * (pace?.dryRuns?.[query]?.cost ?? 1),
    0,
  );

  const perPage = pace?.listingSeconds ?? LISTING_SECONDS * scale;
  const stats = repositories * secondsReckoned(pace?.learned, scale);
  const listing = listings * (perPage + GAP_SECONDS);
  // Listing runs beside the statistics, but for the first page.
  const busy = Math.max(listing, Math.min(listings, 1) * perPage + stats + requests * GAP_SECONDS);
  const hours = Math.max(0, Math.ceil(points / POINTS_PER_HOUR) - 1);
  const dryListing = dry.filter(({ query }) => query === QUERY_NAMES.listing).length;
  return {
    listingCalls: listings + dryListing,
    statsCalls: requests + dry.length - dryListing,
    points,
    answerSeconds: listings * perPage + stats,
    wallSeconds: Math.max(busy, hours * 3600 * scale),
    learned: repositories === 0 || (pace?.learned?.repositories ?? 0) > 0,
  };
}
