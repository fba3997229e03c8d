/** The resolver's function app: its trigger, its environment, its clients. */
import { app } from '@azure/functions';
import { openCosmos } from '@github-repo-stats/shared/clients/cosmos';
import { openServiceBus } from '@github-repo-stats/shared/clients/service-bus';
import { consume, watching } from '@github-repo-stats/shared/consume';
import { readCredentials } from '@github-repo-stats/shared/github/credentials';
import { openLanes } from '@github-repo-stats/shared/github/lanes';
import { QUERY_NAMES } from '@github-repo-stats/shared/github/query-names';
import { credentialLane } from '@github-repo-stats/shared/ids';
import { ResolveSource, parseMessage, resolveEnvelope } from '@github-repo-stats/shared/messages';
import { readOrExit } from '@github-repo-stats/shared/settings';
import { DEFAULT_CREDENTIAL, QUEUES } from '@github-repo-stats/shared/topology';
import { openTelemetry } from '@github-repo-stats/shared/telemetry/open-telemetry';
import { readConfig } from './config.ts';
import { LISTING_QUERY, learnSeconds } from './listing.ts';
import { resolvePage } from './resolve-page.ts';
import { resolverStore } from './store.ts';

const config = readOrExit(() => readConfig(process.env));
const telemetry = openTelemetry('resolver', config);
if (telemetry) app.setup({ capabilities: telemetry.capabilities });
const scale = config.DurationScale;
const containers = openCosmos(config, 9);
const store = resolverStore(containers.runInfo);
const serviceBus = openServiceBus(config);
const resolveQueue = serviceBus.queue(QUEUES.resolve.name);
const fetchQueue = serviceBus.queue(QUEUES.fetch.name);
const credentials = readCredentials(config);
const lanes = openLanes(credentials, { url: config.Github_GraphqlUrl, pace: containers.pace, scale });
/** The credential of a session; every source enters in the default one's, which need not be configured. */
const credentialOf = (session: string): string =>
  credentials.find(({ name }) => credentialLane(name) === session)?.name ?? DEFAULT_CREDENTIAL;

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
      handle: (message, log, session) => {
        const credential = credentialOf(session);
        return resolvePage(message, {
          store,
          credentials,
          credential,
          list(variables) {
            const question = { name: QUERY_NAMES.listing, query: LISTING_QUERY, variables };
            return lanes.of(credential).call('listing', () => question, {
              onWatch: watching(log, message.runId, credential),
              learn: learnSeconds,
            });
          },
          fetchQueue,
          resolveQueue,
          batchSize: config.NumberOfReposToQueryPerCall,
          scale,
          log,
        });
      },
      async lastDelivery(_body, message, error) {
        const source = message && (await store.readSource(message.runId, message.sourceId));
        if (source) await store.failSource(source, { reason: 'delivery-exhausted', detail: String(error) });
      },
    }),
});

app.hook.appTerminate(async () => {
  await lanes.release();
  await serviceBus.close();
  await telemetry?.close();
});
