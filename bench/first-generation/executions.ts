/** In which order the first generation executed its queries: one at a time, and what failed once more at the very end, after a minute. */

export const COOL_DOWN_SECONDS = 60;

export interface Executed<R> {
  replies: R[];
  failures: number;
}

/**
 * No attempt is the last one: a query that always fails is repeated for ever.
 * @param execute undefined when the reply told of any error.
 */
export async function executeAll<Q, R>(
  queries: readonly Q[],
  execute: (query: Q) => Promise<R | undefined>,
  coolDown: () => Promise<void>,
): Promise<Executed<R>> {
  const left = [...queries];
  const replies: R[] = [];
  let failures = 0;
  for (let query = left.shift(); query !== undefined; query = left.shift()) {
    const reply = await execute(query);
    if (reply === undefined) {
      failures++;
      left.push(query);
      await coolDown();
    } else replies.push(reply);
  }
  return { replies, failures };
}
