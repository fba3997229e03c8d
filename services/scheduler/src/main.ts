/** The scheduler's function app: its triggers, its environment, its clients. */
import { join } from 'node:path';
import { app, type InvocationContext } from '@azure/functions';
import type { EventEnvelope } from '@github-repo-stats/shared/archive/completed-event';
import { openCosmos } from '@github-repo-stats/shared/clients/cosmos';
import { openServiceBus } from '@github-repo-stats/shared/clients/service-bus';
import { failUnsettled } from '@github-repo-stats/shared/fail-batch';
import { failSource } from '@github-repo-stats/shared/fail-source';
import { readCredentials } from '@github-repo-stats/shared/github/credentials';
import { openLanes, type Lane } from '@github-repo-stats/shared/github/lanes';
import { fetchEnvelope, resolveEnvelope } from '@github-repo-stats/shared/messages';
import { errorFields, logTo, type Log } from '@github-repo-stats/shared/log';
import type { Selection } from '@github-repo-stats/shared/documents';
import { readDocument } from '@github-repo-stats/shared/run-info';
import { latestOccurrence } from '@github-repo-stats/shared/schedule';
import { readOrExit } from '@github-repo-stats/shared/settings';
import {
  ARCHIVE_QUEUE,
  DEFAULT_CREDENTIAL,
  QUEUES,
  type AnyQueueName,
  type QueueName,
} from '@github-repo-stats/shared/topology';
import { openTelemetry } from '@github-repo-stats/shared/telemetry/open-telemetry';
import { writeLanes } from '@github-repo-stats/shared/write-budget';
import { api } from './api.ts';
import { readConfig } from './config.ts';
import { currentSources, selectionOf } from './current-sources.ts';
import { carryOut } from './carry-out-order.ts';
import { deadLetterApi } from './dead-letter-api.ts';
import { settleDeadLetters } from './dead-letters.ts';
import { estimateRun, type Estimated } from './estimate.ts';
import { estimateStore } from './estimate-store.ts';
import { letterBox, type Position } from './letter-box.ts';
import { activeRuns } from './queries.ts';
import { noteDeadLetters } from './note-dead-letters.ts';
import { readShippedSources } from './shipped-sources.ts';
import { lookAt, stalledCause } from './stalled-cause.ts';
import { emitSources, startRun, type StartDeps } from './start-run.ts';
import { letterQueueNames, type LetterQueues, type SendBackDeps } from './send-back.ts';
import {
  deadLettersSeenStore,
  orderStore,
  requestStore,
  releaseStore,
  rerunStore,
  sendBackStore,
  startStore,
  sweepStore,
} from './store.ts';
import { sweepRuns, type ResendTimes } from './sweep-runs.ts';
import { takeOrders } from './take-orders.ts';

const config = readOrExit(() => readConfig(process.env));
// The bundle is CommonJS, and its folder is what was deployed.
const shipped = readOrExit(() => readShippedSources(join(__dirname, 'sources.json')));
const telemetry = openTelemetry('scheduler', config);
if (telemetry) app.setup({ capabilities: telemetry.capabilities });
const { runInfo, pace } = openCosmos(config, 9);
const serviceBus = openServiceBus(config);
const resolveQueue = serviceBus.queue(QUEUES.resolve.name);
const fetchQueue = serviceBus.queue(QUEUES.fetch.name);
const writeQueue = serviceBus.queue(QUEUES.write.name);
/** Events wait for the archiver where runs are archived, and nowhere else is there a queue for them. */
const archiveQueue =
  config.Archive_Url === undefined ? undefined : serviceBus.queue<EventEnvelope>(ARCHIVE_QUEUE.name);
const letterQueues: LetterQueues = {
  resolve: resolveQueue,
  fetch: fetchQueue,
  write: writeQueue,
  ...(archiveQueue && { archive: archiveQueue }),
};
const letters = letterBox(serviceBus);
const credential = DEFAULT_CREDENTIAL;
const credentials = readCredentials(config);
const lanes = openLanes(credentials, { url: config.Github_GraphqlUrl, pace, scale: config.DurationScale });
const positions = new Map<AnyQueueName, Position>();
const resends: ResendTimes = new Map();
const start: Omit<StartDeps, 'log'> = {
  store: startStore(runInfo),
  resolveQueue,
  credential,
  now: () => new Date(),
};

/** The host's own trace of an invocation. */
const linkOf = (context: InvocationContext): string | undefined => context.traceContext?.traceParent;

app.timer('schedule', {
  schedule: '%RunSchedule%',
  handler: async (_timer, context) => {
    const log = logTo(context);
    const runId = String(latestOccurrence(config.RunSchedule, new Date()));
    const active = (await activeRuns(runInfo)).find((run) => run.status !== 'stalled');
    if (active && active.id !== runId)
      return log('warn', 'scheduled run skipped, another is under way', { runId, active: active.id });
    await startRun(runId, 'schedule', selectionOf(await currentSources(runInfo, shipped)), {
      ...start,
      log,
      link: linkOf(context),
    });
  },
});

app.timer('sweep', {
  schedule: '30 * * * * *',
  handler: async (_timer, context) => {
    const log = logTo(context);
    for (const queue of letterQueueNames(letterQueues))
      await settleDeadLetters(queue, {
        peek: letters.peek,
        positions,
        failSource: (message, why) => failSource(runInfo, message, why),
        failBatch: (batch, names, attempt, why) => failUnsettled(runInfo, batch, names, why, attempt),
        log,
        link: linkOf(context),
      }).catch((error: unknown) =>
        log('warn', 'dead letters could not be looked at', { queue, ...errorFields(error) }),
      );
    await noteDeadLetters({
      queues: letterQueueNames(letterQueues),
      peek: letters.peek,
      ...deadLettersSeenStore(runInfo),
      now: start.now,
    }).catch((error: unknown) =>
      log('warn', 'dead letters could not be looked at', { queue: 'all', ...errorFields(error) }),
    );
    await takeOrders({
      store: orderStore(runInfo),
      carryOut: (order) =>
        carryOut(order, { ...ordersOf, deadLetters: { ...lettersOf, link: linkOf(context) } }),
      now: start.now,
      log,
    }).catch((error: unknown) => log('error', 'an order failed', { order: 'all', ...errorFields(error) }));
    await sweepRuns({ ...sweepDeps(log), link: linkOf(context) });
  },
});

const sweepDeps = (log: Log): Parameters<typeof sweepRuns>[0] => ({
  store: sweepStore(runInfo, pace),
  emitSources: (runId, selection) => emitSources(runId, selection, { ...start, log }),
  resend: (missing) =>
    missing.kind === 'source'
      ? resolveQueue.send([resolveEnvelope(missing.message, credential)])
      : fetchQueue.send([fetchEnvelope(missing.message, credential)]),
  async fail(missing) {
    const why = { reason: 'stalled' as const, detail: 'no progress for more than a day' };
    if (missing.kind === 'source') return failSource(runInfo, missing.source, why);
    const names = missing.message.repos.map((r) => r.nameWithOwner);
    await failUnsettled(runInfo, missing.message, names, why, missing.message.attempt);
  },
  cause: async (runId) =>
    stalledCause(
      await Promise.all((Object.keys(QUEUES) as QueueName[]).map((q) => lookAt(serviceBus, q, runId))),
    ),
  resends,
  now: Date.now,
  scale: config.DurationScale,
  log,
});

async function estimate(selection: Selection): Promise<Estimated> {
  const used = new Set<Lane>();
  try {
    return await estimateRun(selection, {
      ...estimateStore(runInfo, pace, start.now),
      credentials,
      ask(name, question) {
        const lane = lanes.of(name);
        used.add(lane);
        return lane.call('listing', () => question);
      },
      batchSize: config.NumberOfReposToQueryPerCall,
      writeRu: config.CosmosDB_RU_NeededForEachWrite,
      throughput: config.CosmosDB_ServerlessMode ? undefined : config.CosmosDB_ProvisionedThroughput,
      scale: config.DurationScale,
    });
  } finally {
    // At once: a run that begins now would wait for the grant otherwise.
    await Promise.allSettled([...used].map((lane) => lane.release()));
  }
}

const lettersOf: SendBackDeps = {
  letters,
  store: sendBackStore(runInfo),
  queues: letterQueues,
  credential,
  writeLanes: writeLanes(config.CosmosDB_ServerlessMode),
};
const ordersOf = {
  isKnownRun: async (runId: string) => (await readDocument(runInfo, runId, runId)) !== undefined,
  rerun: { store: rerunStore(runInfo), resolveQueue, fetchQueue, credential },
  release: releaseStore(runInfo),
};
const routes = api({
  estimate,
  runInfo,
  shipped,
  start: { ...start, requests: requestStore(runInfo) },
  rerun: ordersOf.rerun,
});
const deadLetters = deadLetterApi(lettersOf);
// A forgotten authLevel would be a public route.
const authLevel = 'function';
app.http('createRun', { methods: ['POST'], route: 'runs', authLevel, handler: routes.createRun });
app.http('listRuns', { methods: ['GET'], route: 'runs', authLevel, handler: routes.listRuns });
app.http('getRun', { methods: ['GET'], route: 'runs/{runId}', authLevel, handler: routes.getRun });
app.http('rerun', { methods: ['POST'], route: 'runs/{runId}/rerun', authLevel, handler: routes.rerun });
app.http('getSources', { methods: ['GET'], route: 'sources', authLevel, handler: routes.getSources });
app.http('putSources', { methods: ['PUT'], route: 'sources', authLevel, handler: routes.putSources });
app.http('listDeadLetters', {
  methods: ['GET'],
  route: 'deadletters',
  authLevel,
  handler: deadLetters.listDeadLetters,
});
app.http('resubmitDeadLetters', {
  methods: ['POST'],
  route: 'deadletters/{queue}/resubmit',
  authLevel,
  handler: deadLetters.resubmitDeadLetters,
});
app.http('discardDeadLetter', {
  methods: ['DELETE'],
  route: 'deadletters/{queue}/{sequenceNumber}',
  authLevel,
  handler: deadLetters.discardDeadLetter,
});

app.hook.appTerminate(async () => {
  await serviceBus.close();
  await telemetry?.close();
});
