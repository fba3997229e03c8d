/** A process that asks GitHub through a lane of its own, again and again while it is told to; for tests that freeze and kill it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openCosmos } from '@github-repo-stats/shared/clients/cosmos';
import type { CallKind } from '@github-repo-stats/shared/github/gate';
import { openLane, type LaneResult, type Question } from '@github-repo-stats/shared/github/lanes';
import { QUERY_NAMES } from '@github-repo-stats/shared/github/query-names';
import { statsQuery } from '../services/fetcher/src/stats-query.ts';
import { LISTING_QUERY } from '../services/resolver/src/listing.ts';

/** Given as JSON in the first argument. */
export interface GateProcessOptions {
  cosmosUrl: string;
  cosmosKey: string;
  githubUrl: string;
  credential: string;
  token: string;
  scale: number;
  owner: string;
  /** Asked for in each stats call, by name. */
  repositories: string[];
  /** After so many calls in a row it is idle for as long as it takes to give its grant back. */
  burst?: number;
}

/** What it is told: the kinds of calls to make from now on. */
export type GateOrder = readonly CallKind[];

/** What it tells of each call: how it ended, for a call that was sent what became of it. */
export interface GateReport {
  kind: CallKind;
  result: LaneResult['kind'] | 'error';
  reply: string;
}

const options = JSON.parse(process.argv[2] ?? '') as GateProcessOptions;
const { pace } = openCosmos(
  {
    CosmosDB_Endpoint: options.cosmosUrl,
    CosmosDB_PrimaryKey: options.cosmosKey,
    CosmosDB_DBName: 'github-repo-stats',
    CosmosDB_DataContainerName: 'unused',
    CosmosDB_RunInfoContainerName: 'unused',
  },
  9,
);
const lane = openLane(
  { name: options.credential, auth: { kind: 'token', token: options.token } },
  { url: options.githubUrl, pace, scale: options.scale },
);
const questions: Record<CallKind, Question> = {
  stats: statsQuery(options.repositories.map((nameWithOwner) => ({ nameWithOwner }))),
  listing: {
    name: QUERY_NAMES.listing,
    query: LISTING_QUERY,
    variables: { login: options.owner, first: 50, after: null, topics: false },
  },
};
/** A little more than the two seconds after which an idle gate gives its grant back. */
const IDLE_MS = 2_500;

let wanted: GateOrder = [];
const working = new Map<CallKind, Promise<void>>();

async function work(kind: CallKind): Promise<void> {
  for (let made = 0; wanted.includes(kind);) {
    const report = await lane
      .call(kind, () => questions[kind])
      .then(
        (result) => {
          const reply = result.kind === 'sent' ? result.reply.kind : '';
          return { kind, result: result.kind, reply, waitMs: result.kind === 'wait' ? result.waitMs : 0 };
        },
        (error: unknown) => ({ kind, result: 'error' as const, reply: String(error), waitMs: 0 }),
      );
    const { waitMs, ...told } = report;
    process.send?.(told satisfies GateReport);
    if (report.result === 'sent' && ++made % (options.burst ?? Infinity) === 0)
      await sleep(IDLE_MS * options.scale);
    await sleep(waitMs);
  }
  working.delete(kind);
}

process.on('message', (order: GateOrder) => {
  wanted = order;
  for (const kind of order) if (!working.has(kind)) working.set(kind, work(kind));
});
// Whoever started it is gone.
process.on('disconnect', () => process.exit());
