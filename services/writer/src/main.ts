/** The writer's function app: its trigger, its environment, its clients. */
import { setTimeout as sleep } from 'node:timers/promises';
import { app } from '@azure/functions';
import { openCosmos } from '@github-repo-stats/shared/clients/cosmos';
import { openServiceBus } from '@github-repo-stats/shared/clients/service-bus';
import { consume } from '@github-repo-stats/shared/consume';
import { failUnsettled } from '@github-repo-stats/shared/fail-batch';
import { WriteStats, batchOfBody, parseMessage, writeEnvelope } from '@github-repo-stats/shared/messages';
import { readOrExit } from '@github-repo-stats/shared/settings';
import { QUEUES } from '@github-repo-stats/shared/topology';
import { openTelemetry } from '@github-repo-stats/shared/telemetry/open-telemetry';
import { writeBudget } from '@github-repo-stats/shared/write-budget';
import { readConfig } from './config.ts';
import { inOwnLane } from './own-lane.ts';
import { paced, unpaced } from '@github-repo-stats/shared/cosmos/request-units';
import { knownStore, rowsStore, sightsStore } from './read-models.ts';
import { earlierRuns, outcomeStore, statsStore } from './store.ts';
import { writeBatch } from './write-batch.ts';

const config = readOrExit(() => readConfig(process.env));
const telemetry = openTelemetry('writer', config);
if (telemetry) app.setup({ capabilities: telemetry.capabilities });
const { ruPerSecond, ruPerWrite, lanes, parallel } = writeBudget(config);
// Two clients: run-info and repos have throughput of their own and may be repeated by the SDK; in repo-stats every charge counts.
const { runInfo, repos } = openCosmos(config, 9);
const { repoStats } = openCosmos(config, 0);
const serviceBus = openServiceBus(config);
const sender = serviceBus.queue(QUEUES.write.name);
const deps = {
  store: statsStore(repoStats),
  outcomes: outcomeStore(runInfo),
  rows: rowsStore(runInfo, () => Date.now() / 1000),
  sights: sightsStore(repos),
  known: knownStore(repos),
  earlierRuns: earlierRuns(runInfo),
  pacer:
    ruPerSecond === undefined
      ? unpaced()
      : paced(ruPerSecond, ruPerWrite, { monotonic: () => performance.now(), sleep }),
  sleep: (ms: number) => sleep(ms),
  parallel,
  budget: ruPerSecond,
};

app.serviceBusQueue('write', {
  queueName: QUEUES.write.name,
  connection: 'ServiceBusConnection',
  isSessionsEnabled: true,
  handler: (body, context) =>
    consume(body, context, {
      queue: QUEUES.write,
      sender,
      scale: config.DurationScale,
      parse: (raw, id) => parseMessage(WriteStats, raw, id),
      waitingCopy: (m) => ({
        copy: writeEnvelope({ ...m, wait: m.wait + 1 }, lanes),
        wait: m.wait,
      }),
      handle: (message, log, sessionId) =>
        inOwnLane(message, sessionId, { lanes, writeQueue: sender }, () =>
          writeBatch(message, { ...deps, log }),
        ),
      async lastDelivery(raw, message, error) {
        const batch = message ?? batchOfBody(raw);
        if (!batch) return;
        const names = message && [...message.stats, ...message.failures].map((s) => s.name);
        const reason = message ? 'delivery-exhausted' : 'unreadable-message';
        await failUnsettled(runInfo, batch, names, { reason, detail: String(error) }, message?.attempt);
      },
    }),
});

app.hook.appTerminate(async () => {
  await serviceBus.close();
  await telemetry?.close();
});
