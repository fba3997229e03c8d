/** Reckons a run from the number of its repositories: calls, points, seconds, request units and messages. */
import type { Selection } from '@github-repo-stats/shared/documents';
import type { Pace } from '@github-repo-stats/shared/pace';
import type { Estimate } from '@github-repo-stats/shared/estimate';
import type { Credential } from '@github-repo-stats/shared/github/credentials';
import type { OwnerCount } from './estimate-count.ts';
import { githubWorkOf } from './estimate-lanes.ts';
import { workOf } from './estimate-pages.ts';
import { requestUnitsOf, type Before } from './estimate-request-units.ts';

/** What a run is made with. */
export interface ReckonSettings {
  credentials: readonly Credential[];
  /** Repositories per batch. */
  batchSize: number;
  /** RU of one statistics document. */
  writeRu: number;
  /** RU a second that writing may use; undefined in serverless mode. */
  throughput: number | undefined;
  scale: number;
}

/** What a run takes at its beginning and its end beside GitHub (docs/architecture.md). */
const AROUND_SECONDS = 1;

/** @param known what GitHub said of each owner (by lower-case login), and what earlier runs left behind. */
export function reckon(
  selection: Selection,
  known: {
    counts: ReadonlyMap<string, OwnerCount>;
    /** By credential. */
    paces: ReadonlyMap<string, Pace>;
    before: Before | undefined;
  },
  { credentials, batchSize, writeRu, throughput, scale }: ReckonSettings,
): Estimate {
  const { counts, paces, before } = known;
  const ordered = selection.owners.flatMap(({ owner }) => counts.get(owner.toLowerCase()) ?? []);
  const owners = ordered.map((count): Estimate['owners'][number] => {
    if (count.kind === 'failed') return { owner: count.owner, repositories: 0, reason: count.reason };
    const { owner, repositories, unknown } = count;
    return {
      owner,
      repositories,
      ...(unknown.length > 0 && { upperBound: true as const, reason: unknown.join(', ') }),
    };
  });
  const individual = selection.repositories.length;
  const repositories = owners.reduce((sum, o) => sum + o.repositories, individual);
  const work = workOf(selection, counts, credentials, batchSize);
  const github = githubWorkOf(work, paces, scale);
  const calls = github.listingCalls + github.statsCalls;
  const ru = requestUnitsOf(
    {
      ...work,
      repositories,
      calls,
      lanes: work.lanes.size,
      seconds: github.wallSeconds,
    },
    writeRu,
    before,
  );
  const writing = throughput === undefined ? 0 : ru.repoStats / throughput;
  const upperBound = owners.some((o) => o.upperBound);
  const { resolveMessages: resolve, batches } = work;
  return {
    dryRun: true,
    repositories,
    owners,
    individualRepositories: individual,
    calls: { listing: github.listingCalls, stats: github.statsCalls, total: calls },
    points: github.points,
    seconds: {
      github: tenths(github.answerSeconds),
      writing: tenths(writing),
      total: tenths(Math.max(github.wallSeconds, writing) + AROUND_SECONDS),
    },
    requestUnits: Math.round(ru.repoStats + ru.runInfo + ru.repos + ru.pace),
    requestUnitsByContainer: {
      repoStats: Math.round(ru.repoStats),
      runInfo: Math.round(ru.runInfo),
      repos: Math.round(ru.repos),
      pace: Math.round(ru.pace),
    },
    messages: { resolve, fetch: batches, write: batches, total: resolve + 2 * batches },
    learned: github.learned,
    upperBound,
    notes: notesOf(owners, before, github),
  };
}

const tenths = (n: number): number => Math.round(n * 10) / 10;

function notesOf(
  owners: Estimate['owners'],
  before: Before | undefined,
  github: ReturnType<typeof githubWorkOf>,
): string[] {
  const failed = owners.filter((o) => !o.upperBound && o.reason !== undefined).length;
  return [
    ...(owners.some((o) => o.upperBound)
      ? ['Some numbers are upper bounds: GitHub counts without what their reasons name.']
      : []),
    ...(failed > 0 ? [`Owners that cannot be read: ${failed}. They count nothing.`] : []),
    ...(github.learned
      ? []
      : ['Seconds and the size of requests are guesses: GitHub was not timed yet with every credential.']),
    ...(github.beyondAnHour.length > 0
      ? [
          `More points than GitHub gives for an hour: ${github.beyondAnHour.join(', ')}. The run waits for more.`,
        ]
      : []),
    ...(before && !before.sameSelection
      ? [
          'The latest run collected other sources: each repository that it did not have takes about 7 RU more.',
        ]
      : []),
    'What fails, is limited or has to be asked again comes on top.',
  ];
}
