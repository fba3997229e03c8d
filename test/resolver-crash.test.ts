/** The resolver dies between any two of its sends, and the world changes before it comes back: nothing is lost, nothing doubled. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CosmosClient, type Container } from '@azure/cosmos';
import { ServiceBusClient } from '@azure/service-bus';
import { startCosmos } from '@github-repo-stats/local/cosmos/server';
import { startGithub, type Github } from '@github-repo-stats/local/github/server';
import { serviceBusConfig } from '@github-repo-stats/local/platform/service-bus-config';
import { startServiceBus } from '@github-repo-stats/local/service-bus/server';
import { openServiceBus, type ServiceBus } from '@github-repo-stats/shared/clients/service-bus';
import type { Plan, Source } from '@github-repo-stats/shared/documents';
import { githubAt } from '@github-repo-stats/shared/github/call';
import { sourceDocumentId } from '@github-repo-stats/shared/ids';
import { FetchBatch, ResolveSource, parseMessage, resolveEnvelope } from '@github-repo-stats/shared/messages';
import type { QueueSender } from '@github-repo-stats/shared/settlement';
import { CONTAINERS, QUEUES, containerDefinition } from '@github-repo-stats/shared/topology';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LISTING_QUERY } from '../services/resolver/src/listing.ts';
import { resolvePage, type ResolverDeps } from '../services/resolver/src/resolve-page.ts';
import { resolverStore } from '../services/resolver/src/store.ts';

const RUN = '1795459352';
const BATCH_SIZE = 10;
const PAGES = 3;
class Crash extends Error {}

let stop: () => Promise<void>;
let github: Github;
let runInfo: Container;
let serviceBus: ServiceBusClient;
let sending: ServiceBus;

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'resolver-crash-'));
  const broker = await startServiceBus({
    config: serviceBusConfig(),
    dataFile: join(folder, 'service-bus.sqlite'),
  });
  const cosmos = await startCosmos({ dataFile: join(folder, 'cosmos.sqlite') });
  // 200 and more: three pages, since 100 names of 10 a batch fit one page.
  github = await startGithub({
    world: { seed: 7, repositories: 230, owners: [{ login: 'acme' }], individual: [] },
  });
  const cosmosClient = new CosmosClient({ endpoint: cosmos.endpoint, key: cosmos.key });
  const { database } = await cosmosClient.databases.createIfNotExists({ id: 'test' });
  await database.containers.createIfNotExists(containerDefinition('runInfo', CONTAINERS.runInfo.defaultName));
  runInfo = database.container(CONTAINERS.runInfo.defaultName);
  serviceBus = new ServiceBusClient(broker.connectionString);
  sending = openServiceBus({ ServiceBusConnection: broker.connectionString });
  const source: Source = {
    id: sourceDocumentId('s00001'),
    runId: RUN,
    type: 'source',
    sourceId: 's00001',
    what: { kind: 'owner', owner: 'acme', exclude: [], individual: [] },
    failedCount: 0,
  };
  await runInfo.items.create(source);
  await serviceBus
    .createSender(QUEUES.resolve.name)
    .sendMessages(
      resolveEnvelope({ runId: RUN, sourceId: 's00001', page: 1, attempt: 1, wait: 0 }, 'default'),
    );
  stop = async () => {
    await sending.close();
    await serviceBus.close();
    cosmosClient.dispose();
    await Promise.all([broker.close(), cosmos.close(), github.close()]);
    await rm(folder, { recursive: true, force: true });
  };
});
afterEach(() => stop());

/** Dies before, or right after, its n-th send (counted from 0 over both queues). */
function dependencies(dieAt: number, when: 'before' | 'after'): ResolverDeps {
  let sends = 0;
  const dying = (queue: string): QueueSender => {
    const real = sending.queue(queue);
    return {
      ...real,
      async send(messages) {
        if (sends === dieAt && when === 'before') throw new Crash();
        await real.send(messages);
        if (sends++ === dieAt) throw new Crash();
      },
    };
  };
  const ask = githubAt(github.url, 'token');
  return {
    store: resolverStore(runInfo),
    list: async (variables) => ({
      kind: 'sent',
      calls: 1,
      reply: await ask(LISTING_QUERY, variables, AbortSignal.timeout(15_000)),
    }),
    fetchQueue: dying(QUEUES.fetch.name),
    resolveQueue: dying(QUEUES.resolve.name),
    credential: 'default',
    credentials: [{ name: 'default', auth: { kind: 'token', token: 'token' } }],
    batchSize: BATCH_SIZE,
    scale: 1,
    log: () => undefined,
  };
}

/** Receives and handles pages until the chain is at its end; a crash leaves the message to come back. */
async function resolveAll(first: ResolverDeps, onCrash: () => void): Promise<number> {
  let deps = first;
  let crashes = 0;
  for (let handled = 0; handled < PAGES;) {
    const receiver = await serviceBus.acceptNextSession(QUEUES.resolve.name);
    for (const message of await receiver.receiveMessages(1, { maxWaitTimeInMs: 5_000 }))
      try {
        const page = parseMessage(ResolveSource, message.body, String(message.messageId));
        await resolvePage(page, deps);
        await receiver.completeMessage(message);
        handled = Math.max(handled, page.page);
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
        crashes++;
        onCrash();
        deps = dependencies(-1, 'before');
        await receiver.abandonMessage(message);
      }
    await receiver.close();
  }
  return crashes;
}

async function fetchBatches(): Promise<FetchBatch[]> {
  const receiver = await serviceBus.acceptNextSession(QUEUES.fetch.name, {
    maxAutoLockRenewalDurationInMs: 0,
  });
  const all: FetchBatch[] = [];
  for (;;) {
    const messages = await receiver.receiveMessages(100, { maxWaitTimeInMs: 300 });
    if (messages.length === 0) break;
    for (const m of messages) {
      all.push(parseMessage(FetchBatch, m.body, String(m.messageId)));
      await receiver.completeMessage(m);
    }
  }
  await receiver.close();
  return all;
}

const change: Record<string, () => void> = {
  deleted: () => github.world.delete(nameAt(5)),
  added: () => github.world.add('acme', { name: 'brand-new' }),
  renamed: () => github.world.rename(nameAt(5), 'other-name'),
};
const nameAt = (i: number): string => [...github.oracle.truth()][i]!.repo;

describe('a resolver that dies between two sends', () => {
  // A page makes two sends: its batches, then the next page. The last page makes one.
  const points = [0, 1, 2, 3, 4].flatMap((n) => [
    { n, when: 'before' as const },
    { n, when: 'after' as const },
  ]);

  it.each(points)('loses and doubles nothing when it dies $when send $n', async ({ n, when }) => {
    const kinds = Object.keys(change);
    const kind = kinds[n % kinds.length]!;
    const before = [...github.oracle.truth()].map((row) => row.repoId);
    const crashes = await resolveAll(dependencies(n, when), () => change[kind]!());
    expect(crashes).toBe(1);

    const byBatch = new Map<string, string>();
    for (const { batchId, repos } of await fetchBatches()) {
      const content = JSON.stringify(repos);
      // A batch that was sent twice says the same both times.
      expect(byBatch.get(batchId) ?? content).toBe(content);
      byBatch.set(batchId, content);
    }
    const sent = [...byBatch.values()].flatMap((c) => JSON.parse(c) as { id: string }[]).map((r) => r.id);
    expect(new Set(sent).size).toBe(sent.length);
    const after = new Set([...github.oracle.truth()].map((row) => row.repoId));
    // Everything that was there throughout; what came or went meanwhile may be in or out, once.
    const throughout = before.filter((id) => after.has(id));
    expect(sent).toEqual(expect.arrayContaining(throughout));
    for (const id of sent) expect(before.includes(id) || after.has(id)).toBe(true);

    const plans = await runInfo.items
      .query<Plan>(`SELECT * FROM c WHERE c.type = 'plan'`, { partitionKey: RUN })
      .fetchAll();
    const planned = plans.resources.flatMap((p) => p.batches.flatMap((b) => b.repos.map((r) => r.id)));
    expect(planned.length).toBe(sent.length);
    expect(new Set(planned)).toEqual(new Set(sent));
    expect(plans.resources.filter((p) => p.last)).toHaveLength(1);
  });
});
