/** A broker that refuses what it is sent for a while: the services' client waits for it, and says what it was when it gives up. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { standing, type Standing } from '@github-repo-stats/local/faults/standing.fixture';
import { serviceBusConfig } from '@github-repo-stats/local/platform/service-bus-config';
import { startServiceBus, type ServiceBusServer } from '@github-repo-stats/local/service-bus/server';
import { openServiceBus, type ServiceBus } from '@github-repo-stats/shared/clients/service-bus';
import { fetchEnvelope } from '@github-repo-stats/shared/messages';
import { isOutage } from '@github-repo-stats/shared/settlement';
import { QUEUES } from '@github-repo-stats/shared/topology';

const queue = QUEUES.fetch.name;
const message = fetchEnvelope(
  {
    runId: '1611127298',
    batchId: 'b-s00001-00001-1',
    repos: [{ nameWithOwner: 'a/b' }],
    attempt: 1,
    firstAttempt: 1,
    wait: 0,
  },
  'default',
);
let faults: Standing<'service-bus'>;
let server: ServiceBusServer;
let client: ServiceBus;

beforeEach(async () => {
  faults = standing('service-bus');
  server = await startServiceBus({
    config: serviceBusConfig(),
    dataFile: ':memory:',
    faults: faults.plan,
    onError: () => undefined,
  });
  client = openServiceBus({ ServiceBusConnection: server.connectionString });
});
afterEach(async () => {
  await client.close();
  await server.close();
});

it.each(['send', 'schedule'] as const)(
  'a %s that is refused more often than the SDK repeats it is taken in the end',
  async (how) => {
    faults.order({ operation: 'send', fault: 'refuse', times: 5 });
    const sender = client.queue(queue);
    await (how === 'send' ? sender.send([message]) : sender.schedule(message, new Date(Date.now() + 60_000)));
    expect(faults.hits).toHaveLength(5);
    expect(server.counts()[queue]).toMatchObject(how === 'send' ? { active: 1 } : { scheduled: 1 });
  },
);

it('one that is refused for longer is told as an outage, which costs a copy and not a delivery', async () => {
  faults.order({ operation: 'send', fault: 'refuse', rate: 1 });
  const error: unknown = await client
    .queue(queue)
    .send([message])
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'ServiceBusy', message: expect.stringContaining('refuse') as string });
  expect(isOutage(error)).toBe(true);
});
