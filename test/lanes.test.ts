/** A run with several credentials: each has its lane, and one that GitHub refuses stops nothing. */
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan, Run, Source } from '@github-repo-stats/shared/documents';
import { Pipeline, comparable } from './pipeline.ts';

interface Calls {
  tokens: Record<
    string,
    {
      calls: Record<string, number>;
      byKind: Record<string, { repositories: number }>;
      maxInFlight: Record<string, number>;
      replies: Record<string, number>;
    }
  >;
}

describe('a run with several credentials', () => {
  let pipeline: Pipeline;
  let run: Run;
  let calls: Calls['tokens'];

  beforeAll(async () => {
    pipeline = await Pipeline.start({
      world: {
        repositories: 500,
        owners: [{ login: 'acme' }, { login: 'globex' }, { login: 'umbrella' }],
        individual: ['acme/alone', 'initech/alone'],
      },
      orders: {
        credentials: [
          { name: 'first', token: 'ghp_first', owners: ['acme', 'globex'] },
          { name: 'second', token: 'ghp_second', owners: ['acme'] },
          { name: 'gone', token: 'ghp_gone', owners: ['globex', 'umbrella'], revoked: true },
        ],
      },
      settings: { NumberOfReposToQueryPerCall: '20' },
      durationScale: 0.2,
    });
    const sources = {
      fullOrgs: [{ orgName: 'acme' }, { orgName: 'globex' }, { orgName: 'umbrella' }],
      individualRepos: ['acme/alone', 'initech/alone'],
    };
    run = await pipeline.ended(await pipeline.run(sources));
    calls = ((await pipeline.calls()) as Calls).tokens;
  });
  afterAll(() => pipeline.stop());

  it('collects all that some credential may read, and names what none may', async () => {
    const readable = (await pipeline.truth()).filter((row) => /^(acme|globex)\//.test(row.repo));
    expect(readable.length).toBeGreaterThan(100);
    expect((await pipeline.stats(run.id)).map(comparable)).toEqual(readable.map(comparable));
    expect(run).toMatchObject({
      status: 'completed',
      totalCreatedCount: readable.length,
      totalFailedCount: 1,
      failedList: 'initech/alone',
      failuresByReason: { credentials: 1 },
      failedSources: [
        {
          source: 'umbrella',
          reason: 'credentials',
          detail: 'GitHub refused every credential that may read umbrella: gone',
        },
      ],
    });
  });

  it('shares the repositories of an owner among those that may read it', async () => {
    const truth = await pipeline.truth();
    const count = (owner: string): number => truth.filter((row) => row.repo.startsWith(`${owner}/`)).length;
    const second = calls.second?.byKind.stats?.repositories ?? 0;
    // Half of acme's, give or take a batch, and the single repository of it.
    expect(Math.abs(second - count('acme') / 2)).toBeLessThanOrEqual(21);
    const first = calls.first?.byKind.stats?.repositories ?? 0;
    expect(first + second).toBe(count('acme') + count('globex'));
  });

  it('leaves a refused one alone after a few calls, and reports its name, never its value', async () => {
    const gone = calls.gone!;
    expect(Object.keys(gone.replies)).toEqual(['401']);
    expect(Object.values(gone.calls).reduce((a, b) => a + b)).toBeLessThanOrEqual(4);
    expect(run.refusedCredentials).toEqual(['gone']);
    const said = JSON.stringify([run, pipeline.logs, await pipeline.mails()]);
    expect(said).toContain('credential refused by GitHub');
    expect(said).not.toContain('ghp_');
  });

  it('has one call of a kind in flight per credential', () => {
    expect(Object.keys(calls).sort()).toEqual(['first', 'gone', 'second']);
    for (const { maxInFlight } of Object.values(calls)) {
      expect(maxInFlight.stats).toBeLessThanOrEqual(1);
      expect(maxInFlight.listing).toBeLessThanOrEqual(1);
    }
  });

  it('writes without whom an owner was listed, or could not be', async () => {
    const plan = await pipeline.document<Plan>('runInfo', 'plan.s00002.00001', run.id);
    const source = await pipeline.document<Source>('runInfo', 'source.s00003', run.id);
    expect(plan?.refusedBy).toEqual(['gone']);
    expect(source).toMatchObject({ failedCount: 1, refusedBy: ['gone'] });
  });
});

describe('a run with an app that is installed in two organisations', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const installations = [
    { id: 71, owner: 'acme' },
    { id: 72, owner: 'globex' },
  ];
  let pipeline: Pipeline;

  beforeAll(async () => {
    const token = { name: 'rest', token: 'ghp_rest' };
    pipeline = await Pipeline.start({
      world: {
        repositories: 60,
        owners: [{ login: 'acme' }, { login: 'globex' }],
        individual: ['acme/secret', 'globex/secret', 'initech/alone'],
      },
      orders: {
        credentials: [{ ...token, owners: ['initech'] }],
        apps: [{ appId: 12, publicKey, installations }],
        events: [
          { event: 'make-private', repository: 'acme/secret' },
          { event: 'make-private', repository: 'globex/secret' },
        ],
      },
      settings: {
        Github_Credentials: JSON.stringify([token, { name: 'app', appId: 12, privateKey, installations }]),
      },
    });
  });
  afterAll(() => pipeline.stop());

  it('reads each with its own installation, private repositories too, and the rest with the token', async () => {
    const run = await pipeline.ended(
      await pipeline.run({
        fullOrgs: [{ orgName: 'acme' }, { orgName: 'Globex' }],
        individualRepos: ['initech/alone'],
      }),
    );
    expect(run).toMatchObject({ status: 'completed', totalFailedCount: 0 });
    expect((await pipeline.stats(run.id)).map(comparable)).toEqual((await pipeline.truth()).map(comparable));
    const { tokens } = (await pipeline.calls()) as Calls;
    expect(Object.keys(tokens).sort()).toEqual(['app-71', 'app-72', 'rest']);
    for (const { replies } of Object.values(tokens)) expect(Object.keys(replies)).toEqual(['200']);
    expect(JSON.stringify([run, pipeline.logs])).not.toMatch(/gh[ps]_|PRIVATE KEY|eyJ/);
  });
});
