/** Reads and marks the stats documents of a run: many in one request, and no faster than the request units that are left for it. */
import type { Container } from '@azure/cosmos';
import type { Archived } from '@github-repo-stats/shared/archive/columns';
import { gathered } from '@github-repo-stats/shared/cosmos/gathered';
import { paidRequests } from '@github-repo-stats/shared/cosmos/paid-request';
import { readReply } from '@github-repo-stats/shared/cosmos/read-reply';
import type { RequestUnitPacer } from '@github-repo-stats/shared/cosmos/request-units';
import { statsId } from '@github-repo-stats/shared/ids';
import { mapLimit } from '@github-repo-stats/shared/map-limit';

/** Another run is under way, and writing it comes first. */
export class RunUnderWay extends Error {}

export interface StatsReader {
  /**
   * What is kept of the documents of these repositories, in their order.
   * @param keep of each, or of its absence; the document itself is let go.
   * @throws RunUnderWay
   */
  read<T>(
    runId: string,
    repos: readonly string[],
    keep: (repo: string, document: Archived | undefined) => T,
  ): Promise<T[]>;
  /** Lets them expire so many seconds from now. What is not there any more is left out. */
  expire(runId: string, repos: readonly string[], ttl: number): Promise<void>;
  /** RU that all of it was charged so far. */
  ru(): number;
}

export interface ReaderDeps {
  pacer: RequestUnitPacer;
  sleep: (ms: number) => Promise<void>;
  /** Rejects with RunUnderWay when a run is. Asked before every group of requests. */
  mayGoOn: () => Promise<void>;
}

/** Two bulk requests in flight. */
const TOGETHER = 200;

export function statsReader(repoStats: Container, { pacer, sleep, mayGoOn }: ReaderDeps): StatsReader {
  const reads = gathered(repoStats, { keepsWritten: true });
  const writes = gathered(repoStats, { keepsWritten: false });
  const requests = paidRequests({ pacer, sleep });
  const inGroups = async <T>(repos: readonly string[], work: (repo: string) => Promise<T>): Promise<T[]> => {
    const done: T[] = [];
    for (let i = 0; i < repos.length; i += TOGETHER) {
      await mayGoOn();
      done.push(...(await mapLimit(repos.slice(i, i + TOGETHER), TOGETHER, work)));
    }
    return done;
  };
  return {
    read: (runId, repos, keep) =>
      inGroups(repos, async (repo) => {
        const id = statsId(repo, runId);
        const { document } = await requests.send('read', async () =>
          readReply(await reads.send({ operationType: 'Read', id, partitionKey: repo })),
        );
        return keep(repo, document);
      }),
    async expire(runId, repos, ttl) {
      await inGroups(repos, (repo) => {
        const id = statsId(repo, runId);
        const resourceBody = { operations: [{ op: 'set' as const, path: '/ttl', value: ttl }] };
        return requests.send('write', async () =>
          readReply(await writes.send({ operationType: 'Patch', id, partitionKey: repo, resourceBody })),
        );
      });
    },
    ru: () => requests.ru(),
  };
}
