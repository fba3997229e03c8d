/** The fetcher's function app: its trigger, its environment, its clients. */
import { app } from '@azure/functions';
import { openCosmos } from '@github-repo-stats/shared/clients/cosmos';
import { openServiceBus } from '@github-repo-stats/shared/clients/service-bus';
import { consume, watching } from '@github-repo-stats/shared/consume';
import { failUnsettled } from '@github-repo-stats/shared/fail-batch';
import { readCredentials } from '@github-repo-stats/shared/github/credentials';
import { openLanes } from '@github-repo-stats/shared/github/lanes';
import {
  batchOfBody,
  byHandEnvelope,
  fetchEnvelope,
  parseFetchBatch,
} from '@github-repo-stats/shared/messages';
import { namesIn } from '@github-repo-stats/shared/planned-names';
import { readOrExit } from '@github-repo-stats/shared/settings';
import { DEFAULT_CREDENTIAL, QUEUES } from '@github-repo-stats/shared/topology';
import { openTelemetry } from '@github-repo-stats/shared/telemetry/open-telemetry';
import { writeLanes } from '@github-repo-stats/shared/write-budget';
import { readConfig } from './config.ts';
import { fetchBatch } from './fetch-batch.ts';
import { spreader } from './spread.ts';
import { fetcherStore } from './store.ts';

const config = readOrExit(() => readConfig(process.env));
const telemetry = openTelemetry('fetcher', config);
if (telemetry) app.setup({ capabilities: telemetry.capabilities });
const scale = config.DurationScale;
const containers = openCosmos(config, 9);
const store = fetcherStore(containers.runInfo);
const serviceBus = openServiceBus(config);
const fetchQueue = serviceBus.queue(QUEUES.fetch.name);
const writeQueue = serviceBus.queue(QUEUES.write.name);
const credentials = readCredentials(config);
const lanes = openLanes(credentials, { url: config.Github_GraphqlUrl, pace: containers.pace, scale });
const spread = spreader(() => performance.now());

app.serviceBusQueue('fetch', {
  queueName: QUEUES.fetch.name,
  connection: 'ServiceBusConnection',
  isSessionsEnabled: true,
  handler: (body, context) =>
    consume(body, context, {
      queue: QUEUES.fetch,
      sender: fetchQueue,
      scale,
      parse: parseFetchBatch,
      waitingCopy: (m) =>
        'attempt' in m
          ? { copy: fetchEnvelope({ ...m, wait: m.wait + 1 }, DEFAULT_CREDENTIAL), wait: m.wait }
          : { copy: byHandEnvelope(m, DEFAULT_CREDENTIAL), wait: 0 },
      handle: (message, log, sessionId) =>
        fetchBatch(message, sessionId, {
          store,
          credentials,
          askAs(credential) {
            const lane = lanes.of(credential);
            const onWatch = watching(log, message.runId, credential);
            return (question, learn) => lane.call('stats', question, { onWatch, ...(learn && { learn }) });
          },
          fetchQueue,
          writeQueue,
          writeLanes: writeLanes(config.CosmosDB_ServerlessMode),
          spread,
          now: () => new Date(),
          scale,
          log,
        }),
      async lastDelivery(body, message, error) {
        const batch = message ?? batchOfBody(body);
        if (!batch) return;
        const names = message && namesIn(message);
        const reason = message ? 'delivery-exhausted' : 'unreadable-message';
        const attempt = message && 'attempt' in message ? message.attempt : undefined;
        await failUnsettled(containers.runInfo, batch, names, { reason, detail: String(error) }, attempt);
      },
    }),
});

app.hook.appTerminate(async () => {
  await lanes.release();
  await serviceBus.close();
  await telemetry?.close();
});
