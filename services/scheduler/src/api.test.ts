import type { Container } from '@azure/cosmos';
import { HttpRequest, InvocationContext } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { api } from './api.ts';
import type { Estimated } from './estimate.ts';
import { schedulerWorld } from './run.fixture.ts';

const sources = { fullOrgs: [{ orgName: 'microsoft' }] };

/** The answer to a request for a run, where estimating comes to this. */
async function requestRun(query: string, estimated: Estimated) {
  const { deps, runs, sent } = schedulerWorld();
  const routes = api({
    // Sources come with the request: nothing is read.
    runInfo: {} as Container,
    shipped: undefined,
    start: deps,
    rerun: { store: {}, fetchQueue: {}, credential: 'default' } as unknown as Parameters<
      typeof api
    >[0]['rerun'],
    estimate: () => Promise.resolve(estimated),
  });
  const url = `http://localhost/api/runs${query}`;
  const request = new HttpRequest({ method: 'POST', url, body: { string: JSON.stringify(sources) } });
  const answer = await routes.createRun(request, new InvocationContext());
  return { answer, runs, sent };
}

describe('POST runs?dryRun=true', () => {
  it('says what is missing where no credential is configured, and makes no run', async () => {
    const { answer, runs, sent } = await requestRun('?dryRun=true', { kind: 'no-credentials' });
    expect(answer.status).toBe(503);
    expect(answer.body).toMatch(/set Github_Token or Github_Credentials for the scheduler/);
    expect([runs.size, sent.length]).toEqual([0, 0]);
  });

  it('says when to ask again', async () => {
    const { answer, runs } = await requestRun('?dryRun=TRUE', { kind: 'wait', waitMs: 1_200, why: 'limit' });
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
    expect(answer.body).toContain('GitHub cannot be asked now (limit); try again in 2 s');
    expect(runs.size).toBe(0);
  });

  it.each(['', '?dryRun=false'])('with %j starts a run, credential or not', async (query) => {
    const { answer, runs } = await requestRun(query, { kind: 'no-credentials' });
    expect(answer.status).toBe(202);
    expect(runs.size).toBe(1);
  });
});
