/** Whatever comes in a message or a request is either understood, with all that must hold of it, or refused with one clear error. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { HttpRequest, InvocationContext, type HttpResponseInit } from '@azure/functions';
import { NAME_WITH_OWNER, outcomeId, planId, sourceDocumentId } from '@github-repo-stats/shared/ids';
import * as messages from '@github-repo-stats/shared/messages';
import { readSourcesObject } from '@github-repo-stats/shared/sources';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { api } from '../services/scheduler/src/api.ts';
import { memoryQueue, schedulerWorld } from '../services/scheduler/src/run.fixture.ts';
import { rerunStore } from '../services/scheduler/src/store.ts';
import { anyJson, mutated, type Path } from './bad-input.ts';
import { startEmbeddedCosmos, type EmbeddedCosmos } from './embedded-cosmos.ts';

const SEED = { seed: 20_261_124 };
const { ResolveSource, FetchBatch, FetchBatchByHand, WriteStats, UnreadableMessage, parseMessage } = messages;
const SCHEMAS = { ResolveSource, FetchBatch, FetchBatchByHand, WriteStats };
const golden = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../shared/src/golden/${name}.json`, import.meta.url), 'utf8'));

/** What Service Bus and Cosmos DB take as an id. */
const ID = /^[^/\\?#]{1,255}$/;

const envelopes: Record<string, (m: never) => messages.Envelope> = {
  ResolveSource: (m: messages.ResolveSource) => messages.resolveEnvelope(m, 'default'),
  FetchBatch: (m: messages.FetchBatch) => messages.fetchEnvelope(m, 'default'),
  FetchBatchByHand: (m: messages.FetchBatchByHand) => messages.byHandEnvelope(m, 'default'),
  WriteStats: (m: messages.WriteStats) => messages.writeEnvelope(m, 4),
};

/** Ids and names that a message leads to. */
function idsOf(m: Partial<messages.ResolveSource & messages.WriteStats>): string[] {
  return [
    ...(m.sourceId === undefined ? [] : [sourceDocumentId(m.sourceId), planId(m.sourceId, m.page ?? 1)]),
    ...(m.batchId === undefined ? [] : [outcomeId(m.batchId)]),
    ...(m.stats ?? []).map((s) => s.document.id),
  ];
}
function namesOf(m: Partial<messages.WriteStats & messages.FetchBatchByHand>): string[] {
  const repos = (m.repos ?? []).map((r) => r.nameWithOwner);
  const written = [
    ...(m.stats ?? []).flatMap((s) => [s.name, s.document.repo]),
    ...(m.failures ?? []).map((f) => f.name),
  ];
  return [...(m.names ?? []), ...repos, ...written];
}

/** What must hold of a message that was let through. */
function mustHold(name: string, schema: z.ZodType, read: unknown): void {
  const m = read as messages.WriteStats;
  expect(m.runId).toMatch(/^\d{9,11}$/);
  for (const id of idsOf(m)) expect(id).toMatch(ID);
  for (const repo of namesOf(m)) expect(repo.length <= 140 && NAME_WITH_OWNER.test(repo)).toBe(true);
  expect(namesOf(m).length).toBeLessThanOrEqual(200);
  for (const { document: d } of m.stats ?? []) {
    expect([d.runId, d.batchId]).toEqual([m.runId, m.batchId]);
    expect([d.totalIssues, d.totalPRs]).toEqual([
      d.openIssues + d.closedIssues,
      d.openPRs + d.closedPRs + d.mergedPRs,
    ]);
  }
  const envelope = envelopes[name]!(m as never);
  expect(envelope.messageId.length).toBeLessThanOrEqual(128);
  expect(Object.getPrototypeOf(m)).toBe(Object.prototype);
  const text = JSON.stringify(m);
  expect(Buffer.byteLength(text)).toBeLessThan(200_000);
  expect(JSON.stringify(schema.parse(JSON.parse(text)))).toBe(text);
}

/** Whether an error names the place, or one that is above, below or beside it. */
const names = (error: string, at: Path): boolean => at.length === 0 || error.includes(String(at[0]));

const REFUSAL =
  /^Message m-1( \(without attempt, so dropped by hand\))? cannot be understood: (body|\w+)[^]*: /;

/** Undefined when it was understood; else what the error says. */
function refusal(name: keyof typeof SCHEMAS, body: unknown): string | undefined {
  try {
    const parse = name.startsWith('Fetch')
      ? messages.parseFetchBatch(body, 'm-1')
      : parseMessage(SCHEMAS[name], body, 'm-1');
    mustHold(
      name === 'FetchBatch' && !('attempt' in parse) ? 'FetchBatchByHand' : name,
      SCHEMAS[name],
      parse,
    );
    return undefined;
  } catch (error) {
    if (!(error instanceof UnreadableMessage)) throw error;
    assert.match(error.message, REFUSAL);
    assert.ok(error.message.length < 5_000);
    return error.message;
  }
}

describe.each(Object.keys(SCHEMAS) as (keyof typeof SCHEMAS)[])('%s', (name) => {
  it('of any JSON is refused with one clear error', () => {
    fc.assert(
      fc.property(anyJson, (body) => {
        expect(refusal(name, body)).toBeDefined();
      }),
      { ...SEED, numRuns: 1_500 },
    );
  });

  it('with one thing changed is understood, with all that must hold, or refused by the name of the field', () => {
    let understood = 0;
    const property = fc.property(mutated(golden(name)), ({ value, at }) => {
      const why = refusal(name, value);
      if (why === undefined) understood++;
      else assert.ok(names(why, at), why);
    });
    fc.assert(property, { ...SEED, numRuns: 3_000 });
    // Else it would say nothing of what is let through.
    expect(understood).toBeGreaterThan(100);
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
  });
});

const SOURCES = {
  fullOrgs: [
    {
      orgName: 'microsoft',
      exclude: 'FluidExamples,maro',
      topics: 'one, two',
      visibility: ['public'],
      forks: false,
    },
    { orgName: 'octokit', exclude: ['*-test'], languages: 'C++' },
  ],
  individualRepos: ['octokit/octokit.rb', 'microsoft/vscode'],
};

describe('the HTTP API', () => {
  let cosmos: EmbeddedCosmos;
  let selections: unknown[] = [];
  let routes: ReturnType<typeof api>;
  const runId = '1611127298';
  beforeAll(async () => {
    cosmos = await startEmbeddedCosmos();
    await cosmos.runInfo.items.create({ id: runId, runId, type: 'run', status: 'completed' });
    const queue = memoryQueue();
    routes = api({
      runInfo: cosmos.runInfo,
      shipped: SOURCES,
      start: schedulerWorld().deps,
      rerun: {
        store: rerunStore(cosmos.runInfo),
        resolveQueue: queue,
        fetchQueue: queue,
        credential: 'default',
      },
      estimate(selection) {
        selections.push(selection);
        return Promise.resolve({ kind: 'no-credentials' });
      },
    });
  });
  afterAll(() => cosmos.close());

  type Route = keyof ReturnType<typeof api>;
  async function answer(
    route: Route,
    body: string | undefined,
    query = '',
    params = {},
  ): Promise<HttpResponseInit> {
    const method = body === undefined ? 'GET' : 'POST';
    const url = `http://localhost/api/x${query}`;
    const request = new HttpRequest({
      method,
      url,
      params,
      ...(body !== undefined && { body: { string: body } }),
    });
    return routes[route](request, new InvocationContext({ logHandler: () => undefined }));
  }
  /** What a refusal says; undefined for one of the statuses that mean that it was understood. */
  async function refused(
    response: Promise<HttpResponseInit>,
    understood: readonly number[],
  ): Promise<string | undefined> {
    const { status = 200, headers, body } = await response;
    if (understood.includes(status)) return undefined;
    expect([400, 404, 413]).toContain(status);
    expect(headers).toMatchObject({ 'content-type': 'application/problem+json' });
    const text = typeof body === 'string' ? body : '';
    const { detail, problems = [] } = JSON.parse(text) as { detail: string; problems?: unknown[] };
    expect(detail.length).toBeGreaterThan(10);
    expect(detail.length).toBeLessThan(7_000);
    expect(problems.length).toBeLessThanOrEqual(100);
    return text;
  }

  const bodies = fc.oneof(
    anyJson.map((value) => ({ value, at: [] as Path })),
    mutated(SOURCES),
    mutated({ sources: SOURCES }).map(({ value, at }) => ({ value, at: at.slice(1) })),
  );
  const textOf = (value: unknown): string => JSON.stringify(value) ?? '';

  it('estimates what it understands of any sources, and refuses the rest by the name of the field', async () => {
    selections = [];
    const property = fc.asyncProperty(bodies, async ({ value, at }) => {
      const why = await refused(answer('createRun', textOf(value), '?dryRun=true'), [503]);
      if (why !== undefined) assert.ok(names(why, at), why);
    });
    await fc.assert(property, { ...SEED, numRuns: 2_000 });
    expect(selections.length).toBeGreaterThan(100);
    for (const selection of selections as { owners: { owner: string }[]; repositories: string[] }[]) {
      for (const repo of selection.repositories) expect(repo).toMatch(NAME_WITH_OWNER);
      for (const { owner } of selection.owners) expect(owner).toMatch(/^[\w-]{1,39}$/);
    }
  });

  it('stores sources only as they can be read again', async () => {
    const property = fc.asyncProperty(bodies, async ({ value }) => {
      const why = await refused(answer('putSources', textOf(value)), [200]);
      const { jsonBody } = await answer('getSources', undefined);
      expect(readSourcesObject(jsonBody)).toHaveProperty('selection');
      if (why === undefined) assert.equal(textOf(jsonBody), textOf(value));
    });
    await fc.assert(property, { ...SEED, numRuns: 500 });
  });

  it('runs batches again only of a run that is there, by ids that it has', async () => {
    const ids = fc.constantFrom(runId, '1611127299', '../..', '', '__proto__', 'x'.repeat(500), '\u0000');
    const body = fc.oneof(
      anyJson,
      mutated({ batches: ['b-s00001-00001-1', 'b-s00001-00002-1'] }).map((m) => m.value),
    );
    const property = fc.asyncProperty(ids, body, async (id, value) => {
      await refused(answer('rerun', textOf(value), '', { runId: id }), id === runId ? [200] : []);
    });
    await expect(fc.assert(property, { ...SEED, numRuns: 700 })).resolves.toBeUndefined();
  });

  it('takes as query only what it knows', async () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('1', 'true', 'NaN', '1e999', '-1', '0x10', '366.5'),
    );
    const property = fc.asyncProperty(value, async (given) => {
      const query = encodeURIComponent(given.toWellFormed());
      await refused(answer('listRuns', undefined, `?days=${query}`), [200]);
      await refused(answer('createRun', textOf(SOURCES), `?dryRun=${query}`), [202, 503]);
    });
    await expect(fc.assert(property, { ...SEED, numRuns: 300 })).resolves.toBeUndefined();
  });

  it.each(['{', '[1,', '\u0000', 'null x', '"', '{"fullOrgs":[}', `${'['.repeat(200_000)}`])(
    'refuses what is no JSON: %.20j',
    async (text) => {
      for (const route of ['createRun', 'putSources'] as const)
        expect(await refused(answer(route, text), [])).toMatch(/not JSON/);
    },
  );

  it.each([
    ['fullOrgs', '['],
    ['sources', '{"x":'],
  ])('refuses %s of endless depth', async (name, open) => {
    const levels = 100_000;
    const close = open === '[' ? ']' : '}';
    const text = `{"${name}":${open.repeat(levels)}1${close.repeat(levels)}}`;
    expect(await refused(answer('createRun', text, '?dryRun=true'), [])).toContain('fullOrgs');
  });

  it('refuses a body of megabytes before it looks into it', async () => {
    const { status } = await answer('putSources', ' '.repeat(8_000_000) + textOf(SOURCES));
    expect(status).toBe(413);
  });
});
