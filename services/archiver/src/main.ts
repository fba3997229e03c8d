/** The archiver's function app: its triggers, its environment, its clients. */
import { setTimeout as sleep } from 'node:timers/promises';
import { app, type InvocationContext } from '@azure/functions';
import { parseEvent, runOfEvent } from '@github-repo-stats/shared/archive/completed-event';
import { openBlobs } from '@github-repo-stats/shared/clients/blobs';
import { openCosmos } from '@github-repo-stats/shared/clients/cosmos';
import { paced, unpaced } from '@github-repo-stats/shared/cosmos/request-units';
import { errorFields, logTo } from '@github-repo-stats/shared/log';
import { contextMeta } from '@github-repo-stats/shared/queue-context';
import { readOrExit } from '@github-repo-stats/shared/settings';
import { ARCHIVE_QUEUE } from '@github-repo-stats/shared/topology';
import { openTelemetry } from '@github-repo-stats/shared/telemetry/open-telemetry';
import { contextOfWork } from '@github-repo-stats/shared/telemetry/run-trace';
import { inSpan } from '@github-repo-stats/shared/telemetry/spans';
import { writeBudget } from '@github-repo-stats/shared/write-budget';
import { archiveRun } from './archive-run.ts';
import { readConfig } from './config.ts';
import { forgetRun } from './forget-run.ts';
import { Hopeless } from './hopeless.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { statsReader } from './read-stats.ts';
import { roomBesideRuns, SHARE } from './room-beside-runs.ts';
import { archiveStore, isAnyRunActive, runsToArchive, runsToForget } from './store.ts';
import { sweep, SweptSince } from './sweep.ts';

const config = readOrExit(() => readConfig(process.env));
const telemetry = openTelemetry('archiver', config);
if (telemetry) app.setup({ capabilities: telemetry.capabilities });
const { ruPerSecond, ruPerWrite } = writeBudget(config);
const { runInfo } = openCosmos(config, 9);
// Of repo-stats every charge counts, as the writer's does.
const { repoStats } = openCosmos(config, 0);
const monotonic = (): number => performance.now();
const now = (): Date => new Date();
const deps = {
  store: archiveStore(runInfo),
  stats: statsReader(repoStats, {
    pacer:
      ruPerSecond === undefined ? unpaced() : paced(ruPerSecond * SHARE, ruPerWrite, { monotonic, sleep }),
    sleep: (ms: number) => sleep(ms),
    mayGoOn: roomBesideRuns(ruPerSecond, () => isAnyRunActive(runInfo), monotonic),
  }),
  blobs: openBlobs(config),
  now,
};

const inTurn = oneAtATime();
const hopeless = new Hopeless(monotonic);
/** Archives a run, as part of its trace. What fails is left to the next sweep, which finds every run without a mark. */
async function archive(runId: string, context: InvocationContext): Promise<void> {
  const log = logTo(context);
  const options = {
    kind: 'server' as const,
    onlyIfDone: true,
    within: contextOfWork(runId, undefined),
    link: context.traceContext?.traceParent,
  };
  try {
    await inSpan('archive', options, async () => {
      const result = await inTurn(() => archiveRun(runId, { ...deps, log }));
      hopeless.note(runId, result);
    });
  } catch (error) {
    log('warn', 'a run could not be archived; the sweep will', { runId, ...errorFields(error) });
  }
}

app.serviceBusQueue('archive', {
  queueName: ARCHIVE_QUEUE.name,
  connection: 'ServiceBusConnection',
  handler: async (body, context) => {
    const log = logTo(context);
    const { messageId } = contextMeta(context);
    let runId: string;
    try {
      runId = runOfEvent(parseEvent(body, messageId));
    } catch (error) {
      log('error', 'event cannot be understood', { messageId, ...errorFields(error) });
      throw error;
    }
    await archive(runId, context);
  },
});

const swept = new SweptSince(() => Date.now() / 1000);
app.timer('sweep', {
  schedule: '20 */5 * * * *',
  handler: (_timer, context) =>
    swept.do(async (since) => {
      const runIds = (await runsToArchive(runInfo, since)).filter((runId) => !hopeless.has(runId));
      await sweep(runIds, monotonic, (runId) => archive(runId, context));
    }),
});

const DAY = 86_400;
app.timer('forget', {
  schedule: '40 17 * * * *',
  handler: async (_timer, context) => {
    const log = logTo(context);
    const days = config.CosmosDB_RetentionDays;
    if (days === 0) return;
    await sweep(await runsToForget(runInfo, Date.now() / 1000 - days * DAY), monotonic, async (runId) => {
      try {
        await inTurn(() => forgetRun(runId, { ...deps, log }));
      } catch (error) {
        log('warn', 'a run could not be forgotten; the next pass will', { runId, ...errorFields(error) });
      }
    });
  },
});

app.hook.appTerminate(() => telemetry?.close());
