import type { Pace } from '@github-repo-stats/shared/documents';
import type { GithubClient } from '@github-repo-stats/shared/github/call';
import type { CallGate } from '@github-repo-stats/shared/github/gate';
import type { GithubReply } from '@github-repo-stats/shared/github/reply';
import { describe, expect, it } from 'vitest';
import { listAs } from './listing-call.ts';

const variables = { login: 'o', first: 65, after: null, topics: false };
const pageReply = (seconds: number): GithubReply => ({
  kind: 'data',
  data: { repositoryOwner: {} },
  errors: [],
  points: 1,
  seconds,
});
const dryReply: GithubReply = {
  kind: 'data',
  data: { rateLimit: { cost: 3, nodeCount: 65 } },
  errors: [],
  points: 3,
  seconds: 0.1,
};

/** One credential: a client that answers, and a gate that lets every call through and keeps what it learns. */
function lane(pace: Partial<Pace>, unready?: GithubReply, dry: GithubReply = dryReply) {
  const known: Pace = { id: 'cred-default', grants: {}, ...pace };
  const asked: unknown[] = [];
  const client: GithubClient = {
    prepare: () => Promise.resolve(unready),
    ask(_query, given) {
      asked.push(given.dryRun);
      return Promise.resolve(given.dryRun === true ? dry : pageReply(2));
    },
  };
  const gate: Pick<CallGate, 'call'> = {
    async call(_kind, send, options) {
      const reply = await send(new AbortController().signal, known);
      Object.assign(known, options?.learn?.(known, reply));
      return { kind: 'sent', reply, calls: 1 };
    },
  };
  return { list: () => listAs(client, gate, variables, () => undefined), asked, known };
}

describe('listing as a credential', () => {
  it('first asks what a page would cost, and counts that call', async () => {
    const { list, asked, known } = lane({});
    expect(await list()).toEqual({ kind: 'sent', reply: pageReply(2), calls: 2 });
    expect(asked).toEqual([true, false]);
    expect(known.dryRuns).toEqual({ ListRepositories: { cost: 3, nodeCount: 65 } });
    expect(known.listingSeconds).toBe(2);
  });

  it('asks that once, and learns how long pages take', async () => {
    const { list, asked, known } = lane({
      dryRuns: { ListRepositories: { cost: 1, nodeCount: 1 }, Other: { cost: 2, nodeCount: 2 } },
      listingSeconds: 1,
    });
    expect(await list()).toMatchObject({ calls: 1 });
    expect(asked).toEqual([false]);
    expect(known.listingSeconds).toBeCloseTo(1.2);
  });

  it('lists all the same where a dry run tells nothing', async () => {
    const { list, asked, known } = lane({}, undefined, { ...dryReply, data: { rateLimit: null } });
    expect(await list()).toMatchObject({ reply: { data: { repositoryOwner: {} } } });
    expect(asked).toEqual([true, false]);
    expect(known.dryRuns).toBeUndefined();
  });

  it('makes no second call when the first one met a limit', async () => {
    const limited: GithubReply = {
      kind: 'limited',
      limit: 'primary',
      waitMs: 1,
      detail: 'x',
      points: 0,
      seconds: 0.1,
    };
    const { list, asked } = lane({}, undefined, limited);
    expect(await list()).toEqual({ kind: 'sent', reply: limited, calls: 1 });
    expect(asked).toEqual([true]);
  });

  it('asks for no grant while there is no token', async () => {
    const reply: GithubReply = {
      kind: 'refused',
      reason: 'credentials',
      detail: 'HTTP 401',
      points: 0,
      seconds: 0.1,
    };
    const { list, asked } = lane({}, reply);
    expect(await list()).toEqual({ kind: 'unready', reply });
    expect(asked).toEqual([]);
  });
});
