/** Plain failures: what cannot be read costs only itself, and what failed can be run again. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Run } from '@github-repo-stats/shared/documents';
import { QUEUES } from '@github-repo-stats/shared/topology';
import { ServiceBusClient } from '@azure/service-bus';
import { Pipeline } from './pipeline.ts';

describe('repositories and owners that cannot be read', () => {
  let pipeline: Pipeline;
  let run: Run;

  beforeAll(async () => {
    pipeline = await Pipeline.start({
      world: {
        repositories: 90,
        owners: [{ login: 'acme' }, { login: 'globex' }],
        individual: ['initech/here', 'initech/moved'],
        named: ['acme/locked', 'acme/walled', 'acme/slow'],
      },
      settings: { NumberOfReposToQueryPerCall: '20' },
      durationScale: 0.05,
    });
    await pipeline.happens(
      { event: 'fail', target: 'acme/locked', failure: 'saml' },
      { event: 'fail', target: 'acme/walled', failure: 'ip-allow-list' },
      { event: 'fail', target: 'globex', failure: 'saml' },
      { event: 'rename', repository: 'initech/moved', to: 'renamed' },
    );
    const sources = {
      fullOrgs: [{ orgName: 'acme' }, { orgName: 'globex' }, { orgName: 'nobody-here' }],
      individualRepos: ['initech/here', 'initech/moved', 'initech/gone', 'initech/renamed'],
    };
    run = await pipeline.ended(await pipeline.run(sources));
  });
  afterAll(() => pipeline.stop());

  it('completes with exactly those failed, each with its reason', () => {
    expect(run.status).toBe('completed');
    expect(run.failuresByReason).toEqual({ saml: 1, 'ip-allow-list': 1, 'not-found': 1 });
    expect(run.failedList.split(',').sort()).toEqual(['acme/locked', 'acme/walled', 'initech/gone']);
    expect(run.totalReceived).toBe(run.totalCreatedCount + run.totalFailedCount);
  });

  it('names an owner that does not exist in the run document', () => {
    expect(run.failedSources).toEqual([
      expect.objectContaining({ source: 'globex', reason: 'saml' }),
      expect.objectContaining({ source: 'nobody-here', reason: 'not-found' }),
    ]);
  });

  it('counts a renamed repository once, under its new name', async () => {
    const stats = await pipeline.stats(run.id);
    expect(stats.filter((s) => s.repo === 'initech/renamed')).toHaveLength(1);
    expect(stats.some((s) => s.repo === 'initech/moved')).toBe(false);
    expect(run.totalDuplicateCount).toBe(1);
    expect(run.totalCreatedCount).toBe(stats.length);
  });

  it('collects the failed ones again on request, as one new revision with an event and a mail of its own', async () => {
    await pipeline.happens(
      { event: 'fail', target: 'acme/locked', failure: null },
      { event: 'fail', target: 'globex', failure: null },
    );
    const globex = (await pipeline.truth()).filter((row) => row.repo.startsWith('globex/')).length;
    expect(globex).toBeGreaterThan(20);
    const before = (await pipeline.mails()).length;
    const response = await pipeline.api(`runs/${run.id}/rerun`, { method: 'POST' });
    const asked = { runId: run.id, sources: 2, batches: 3, repositories: 3 };
    expect([response.status, await response.json()]).toEqual([202, asked]);
    const again = await pipeline.ended(run.id, 2);
    expect(again).toMatchObject({
      revision: 2,
      totalFailedCount: 2,
      totalCreatedCount: run.totalCreatedCount + 1 + globex,
      failedSources: [expect.objectContaining({ source: 'nobody-here' })],
    });
    expect((await pipeline.events()).map((e) => e.id)).toEqual([`${run.id}.1`, `${run.id}.2`]);
    expect((await pipeline.mails()).length).toBe(before + 1);
  });

  it('collects names of a batch again that are dropped on the queue by hand, in whatever session', async () => {
    await pipeline.happens({ event: 'fail', target: 'acme/walled', failure: null });
    const outcome = (await pipeline.outcomes(run.id)).find((o) => 'acme/walled' in o.entries)!;
    const client = new ServiceBusClient(pipeline.supervisor.addresses.serviceBusConnection);
    await client.createSender(QUEUES.fetch.name).sendMessages({
      body: { runId: run.id, batchId: outcome.batchId, names: ['acme/walled'] },
      sessionId: 'by-hand',
    });
    await client.close();
    const again = await pipeline.ended(run.id, 3);
    expect(again).toMatchObject({ revision: 3, totalFailedCount: 1, failedList: 'initech/gone' });
  });

  it('puts a message that cannot be understood, or is of no plan, into the dead letters and goes on', async () => {
    const client = new ServiceBusClient(pipeline.supervisor.addresses.serviceBusConnection);
    const bodies = [
      'no json at all',
      { runId: run.id },
      { runId: run.id, batchId: 'b-s00009-00001-1' },
      { runId: run.id, batchId: 'b-s00001-00001-1', names: ['acme/not-planned'] },
    ];
    await client
      .createSender(QUEUES.fetch.name)
      .sendMessages(bodies.map((body, i) => ({ body, sessionId: `hand-${i}`, messageId: `hand-${i}` })));
    const receiver = client.createReceiver(QUEUES.fetch.name, { subQueueType: 'deadLetter' });
    const dead = new Set<unknown>();
    while (dead.size < bodies.length)
      for (const m of await receiver.receiveMessages(10, { maxWaitTimeInMs: 5000 })) {
        dead.add(m.messageId);
        expect(m.deadLetterReason).toBe('MaxDeliveryCountExceeded');
        await receiver.completeMessage(m);
      }
    await client.close();
    const logged = pipeline.logs.filter((r) => r.message === 'message cannot be understood');
    expect(new Set(logged.map((r) => r.messageId))).toEqual(dead);
    const next = await pipeline.ended(await pipeline.run({ individualRepos: ['initech/here'] }));
    expect(next.totalCreatedCount).toBe(1);
  });
});

describe('a bad token', () => {
  it('ends the run as failed, with the credential named as the reason and its value nowhere', async () => {
    const pipeline = await Pipeline.start({
      world: { repositories: 5, owners: [{ login: 'acme' }] },
      settings: {},
      durationScale: 0.05,
    });
    try {
      const faults = { fault: { status: 401, body: '{"message":"Bad credentials"}' }, times: 1000 };
      const url = new URL('/_simulator/faults', pipeline.supervisor.addresses.githubUrl);
      const ordered = await fetch(url, { method: 'POST', body: JSON.stringify(faults) });
      expect(ordered.ok).toBe(true);
      const run = await pipeline.ended(
        await pipeline.run({ fullOrgs: [{ orgName: 'acme' }], individualRepos: ['initech/x'] }),
      );
      expect(run.status).toBe('failed');
      expect(run.failedSources).toEqual([expect.objectContaining({ source: 'acme', reason: 'credentials' })]);
      expect(run.failuresByReason).toEqual({ credentials: 1 });
      const subjects = (await pipeline.mails()).map((m) => m.subject);
      expect(subjects.at(-1)).toBe(`Github stats: run failed, nothing could be collected (run ${run.id})`);
    } finally {
      await pipeline.stop();
    }
  });
});
