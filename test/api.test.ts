/** The HTTP API of the scheduler, as operators use it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Run } from '@github-repo-stats/shared/documents';
import { Pipeline } from './pipeline.ts';

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await Pipeline.start({ world: { repositories: 30, owners: [{ login: 'acme' }] } });
});
afterAll(() => pipeline.stop());

const acme = { fullOrgs: [{ orgName: 'acme' }] };
const post = (path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  pipeline.api(path, { method: 'POST', headers, ...(body !== undefined && { body: JSON.stringify(body) }) });

describe('POST /api/runs', () => {
  it('answers 202 with the place where the run can be seen', async () => {
    const response = await post('runs', { sources: acme });
    expect(response.status).toBe(202);
    const { runId } = (await response.json()) as { runId: string };
    expect(response.headers.get('location')).toBe(`/api/runs/${runId}`);
    const run = (await (await pipeline.api(`runs/${runId}`)).json()) as Run;
    expect(run).toMatchObject({ id: runId, sourcesTotal: 1 });
    expect(Object.keys(run).filter((key) => key.startsWith('_'))).toEqual([]);
    await pipeline.ended(runId);
  });

  it('takes the sources as they stand in sources.json, too', async () => {
    const response = await post('runs', { fullOrgs: [], individualRepos: ['acme/not-there'] });
    expect(response.status).toBe(202);
    const { runId } = (await response.json()) as { runId: string };
    expect(await pipeline.ended(runId)).toMatchObject({ status: 'failed', failedList: 'acme/not-there' });
  });

  it('starts one run however often it is asked with the same Idempotency-Key', async () => {
    const key = { 'idempotency-key': 'once' };
    const answers = await Promise.all([1, 2, 3].map(() => post('runs', { sources: acme }, key)));
    const ids = await Promise.all(answers.map(async (a) => ((await a.json()) as { runId: string }).runId));
    expect(new Set(ids).size).toBe(1);
    const later = (await (await post('runs', { sources: acme }, key)).json()) as { runId: string };
    expect(later.runId).toBe(ids[0]);
    await pipeline.ended(later.runId);
  });

  it('gives runs that are asked for in one second ids of their own', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => post('runs', { sources: acme })));
    const ids = await Promise.all(answers.map(async (a) => ((await a.json()) as { runId: string }).runId));
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect((await pipeline.ended(id)).totalCreatedCount).toBe(30);
  });

  it.each([
    ['no JSON', '{', /not JSON/],
    ['an unknown field', '{"source": {}}', /source/],
    ['sources that name nothing', '{"sources": {}}', /sources cannot be used/],
    ['a wrong name', '{"sources": {"individualRepos": ["x"]}}', /individualRepos\[0\]/],
  ])('refuses %s with 400 and says what is wrong', async (_what, body, words) => {
    const response = await pipeline.api('runs', { method: 'POST', body });
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.text()).toMatch(words);
  });
});

describe('runs', () => {
  it('are listed newest first, without their lists of names', async () => {
    const { runs } = (await (await pipeline.api('runs')).json()) as { runs: Run[] };
    expect(runs.length).toBeGreaterThanOrEqual(5);
    expect(runs.map((r) => Number(r.id))).toEqual(runs.map((r) => Number(r.id)).sort((a, b) => b - a));
    expect(runs[0]).not.toHaveProperty('createdList');
  });

  it('that do not exist are 404, batches that do not exist 400', async () => {
    expect((await pipeline.api('runs/1')).status).toBe(404);
    expect((await pipeline.api('runs/..%2F..')).status).toBe(404);
    expect((await post('runs/123456789/rerun')).status).toBe(404);
    const { runs } = (await (await pipeline.api('runs')).json()) as { runs: Run[] };
    const response = await post(`runs/${runs[0]!.id}/rerun`, { batches: ['b-s00001-00099-1'] });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('b-s00001-00099-1');
  });

  it('without failures have nothing to run again', async () => {
    const { runs } = (await (await pipeline.api('runs')).json()) as { runs: Run[] };
    const response = await post(`runs/${runs[0]!.id}/rerun`);
    expect([response.status, await response.json()]).toEqual([
      200,
      { runId: runs[0]!.id, sources: 0, batches: 0, repositories: 0 },
    ]);
  });

  it('collect a named batch again whole, as a new revision', async () => {
    const { runs } = (await (await pipeline.api('runs')).json()) as { runs: Run[] };
    const runId = runs[0]!.id;
    const response = await post(`runs/${runId}/rerun`, { batches: ['b-s00001-00001-1'] });
    expect([response.status, await response.json()]).toEqual([
      202,
      { runId, sources: 0, batches: 1, repositories: 30 },
    ]);
    expect(await pipeline.ended(runId, 2)).toMatchObject({ revision: 2, totalCreatedCount: 30 });
  });
});

describe('sources', () => {
  it('are the shipped ones until others are stored, which runs then collect', async () => {
    const shipped = (await (await pipeline.api('sources')).json()) as { fullOrgs: unknown[] };
    expect(shipped.fullOrgs.length).toBeGreaterThan(0);
    const stored = await pipeline.api('sources', { method: 'PUT', body: JSON.stringify(acme) });
    expect(stored.status).toBe(200);
    expect(await (await pipeline.api('sources')).json()).toEqual(acme);
    const { runId } = (await (await post('runs')).json()) as { runId: string };
    expect(await pipeline.ended(runId)).toMatchObject({ sourcesTotal: 1, totalCreatedCount: 30 });
  });

  it('that cannot be used are refused with every problem and not stored', async () => {
    const bad = { fullOrgs: [{ orgName: '-' }], individualRepos: ['a', 'b/c'] };
    const response = await pipeline.api('sources', { method: 'PUT', body: JSON.stringify(bad) });
    expect(response.status).toBe(400);
    const { problems } = (await response.json()) as { problems: { path: string }[] };
    expect(problems.map((p) => p.path)).toEqual(['fullOrgs[0].orgName', 'individualRepos[0]']);
    expect(await (await pipeline.api('sources')).json()).toEqual(acme);
  });
});
