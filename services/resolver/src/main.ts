/** The resolver's function app: its trigger, its environment, its clients. */
import { app } from '@azure/functions';
import { openCosmos } from '@github-repo-stats/shared/clients/cosmos';
import { openServiceBus } from '@github-repo-stats/shared/clients/service-bus';
import { consume, watching } from '@github-repo-stats/shared/consume';
import { githubAt } from '@github-repo-stats/shared/github/call';
import { openGate } from '@github-repo-stats/shared/github/pace-store';
import { ResolveSource, parseMessage, resolveEnvelope } from '@github-repo-stats/shared/messages';
import { readOrExit } from '@github-repo-stats/shared/settings';
import { DEFAULT_CREDENTIAL, QUEUES } from '@github-repo-stats/shared/topology';
import { readConfig } from './config.ts';
import { LISTING_QUERY } from './listing.ts';
import { resolvePage } from './resolve-page.ts';
import { resolverStore } from './store.ts';

const config = readOrExit(() => readConfig(process.env));
const scale = config.DurationScale;
const containers = openCosmos(config, 9);
const store = resolverStore(containers.runInfo);
const serviceBus = openServiceBus(config);
const resolveQueue = serviceBus.queue(QUEUES.resolve.name);
const fetchQueue = serviceBus.queue(QUEUES.fetch.name);
const ask = githubAt(config.Github_GraphqlUrl, config.Github_Token);
const gate = openGate(containers.pace, DEFAULT_CREDENTIAL, scale);

app.serviceBusQueue('resolve', {
  queueName: QUEUES.resolve.name,
  connection: 'ServiceBusConnection',
  isSessionsEnabled: true,
  handler: (body, context) =>
    consume(body, context, {
      queue: QUEUES.resolve,
      sender: resolveQueue,
      scale,
      parse: (raw, id) => parseMessage(ResolveSource, raw, id),
      waitingCopy: (m) => ({
        copy: resolveEnvelope({ ...m, wait: m.wait + 1 }, DEFAULT_CREDENTIAL),
        wait: m.wait,
      }),
      handle: (message, log) =>
        resolvePage(message, {
          store,
          list: (variables) =>
            gate.call('listing', (signal) => ask(LISTING_QUERY, variables, signal), watching(log)),
          fetchQueue,
          resolveQueue,
          credential: DEFAULT_CREDENTIAL,
          batchSize: config.NumberOfReposToQueryPerCall,
          scale,
          log,
        }),
      async lastDelivery(_body, message, error) {
        const source = message && (await store.readSource(message.runId, message.sourceId));
        if (source) await store.failSource(source, { reason: 'delivery-exhausted', detail: String(error) });
      },
    }),
});

app.hook.appTerminate(async () => {
  await gate.release();
  await serviceBus.close();
});
