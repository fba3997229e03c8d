/** GET api/health: only what has a limit, beside it. */
import * as z from 'zod';
import { Health } from './contract.ts';
import type { ApiDeps } from './deps.ts';
import { credentialState } from './live-run.ts';
import { route, type Route } from './route.ts';

export function health({ store, runs, rows, now }: ApiDeps): Route {
  return route({
    path: 'health',
    about:
      'Credentials, dead letters as the scheduler last saw them, and the memory of the instance that answers',
    query: z.strictObject({}),
    answer: Health,
    async handle() {
      const asOf = now();
      const [{ active }, pace, seen] = await Promise.all([runs.now(), store.pace(), store.deadLettersSeen()]);
      return {
        asOf: asOf.toISOString(),
        credentials: pace
          .map((one) => credentialState(one, asOf.getTime(), active.length > 0))
          .sort((a, b) => (a.credential < b.credential ? -1 : 1)),
        deadLetters: seen
          ? {
              seenAt: seen.seenAt,
              queues: seen.queues.map(({ queue, count, oldestAt }) => ({ queue, count, oldestAt })),
            }
          : null,
        cache: { bytes: rows.bytes, limit: rows.limit },
      };
    },
  });
}
