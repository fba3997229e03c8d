/** The reporter's function app: its triggers, its environment, its clients. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { app, type InvocationContext } from '@azure/functions';
import { openCosmos } from '@github-repo-stats/shared/clients/cosmos';
import type { Run } from '@github-repo-stats/shared/documents';
import { errorFields, logTo, type Log } from '@github-repo-stats/shared/log';
import { nextOccurrence } from '@github-repo-stats/shared/schedule';
import { readOrExit } from '@github-repo-stats/shared/settings';
import { ASSETS_PATH, PAGE_FILE } from '@github-repo-stats/shared/page-files';
import { CONTAINERS } from '@github-repo-stats/shared/topology';
import { openTelemetry } from '@github-repo-stats/shared/telemetry/open-telemetry';
import { contextOfWork } from '@github-repo-stats/shared/telemetry/run-trace';
import { inSpan } from '@github-repo-stats/shared/telemetry/spans';
import { raisedBy } from './alerts.ts';
import { byKeys, byRoles } from './api/access.ts';
import { apiStore } from './api/api-store.ts';
import { KnownRuns } from './api/known-runs.ts';
import { operate } from './api/operate.ts';
import { orderStore } from './api/order-store.ts';
import { router } from './api/router.ts';
import { routesOf } from './api/routes.ts';
import { PastSummaries } from './api/past-summaries.ts';
import { RowCache } from './api/row-cache.ts';
import { summarise } from './build-summary.ts';
import { checkRun } from './check-run.ts';
import { readConfig } from './config.ts';
import { eventPublisher, type ToldByEvent } from './event.ts';
import { FeedHints } from './feed-hints.ts';
import { foldFeed } from './fold-feed.ts';
import { mailer } from './mail.ts';
import { mailFacts } from './mail-facts.ts';
import { mailText } from './mail-text.ts';
import { announce, deliver, noticesIdOf, type NoticeKind } from './notices.ts';
import { openPage } from './page.ts';
import { stateOf } from './quality/quality.ts';
import {
  noteReleased,
  noticesStore,
  openNotices,
  reporterStore,
  runsToSweep,
  summaryStore,
} from './store.ts';

const config = readOrExit(() => readConfig(process.env));
const telemetry = openTelemetry('reporter', config);
// Without it the library gathers a whole table before it sends the first byte; with it, no more than a slow client has yet to take.
app.setup({ enableHttpStream: true, ...(telemetry && { capabilities: telemetry.capabilities }) });
const { runInfo, repos, repoStats, pace } = openCosmos(config, 9);
const store = reporterStore(runInfo);
const summaries = summaryStore(runInfo, repos);
const publish = config.PublishToEventGrid
  ? eventPublisher(config.EventGridEndpoint ?? '', config.EventGridKey)
  : undefined;
const mail = config.SendEmailNotifications
  ? mailer({
      key: config.SendGrid_API_Key ?? '',
      from: config.SendGrid_VerifiedFromSenderEmail ?? '',
      to: config.SendGrid_ToEmail ?? [],
      endpoint: config.SendGrid_Endpoint,
    })
  : undefined;
const noticeStore = noticesStore(runInfo);
const hostName = process.env['WEBSITE_HOSTNAME'];
const facts = {
  summaries,
  notices: noticeStore,
  nextRunAt: () => new Date(nextOccurrence(config.RunSchedule, new Date()) * 1000),
  // The name that the platform gives the app, unless people know it by another.
  dashboard: config.Dashboard_Url ?? (hostName ? `https://${hostName}` : undefined),
};
const notices = {
  store: noticeStore,
  event: publish && (async (run: Run) => publish(run, await toldByEvent(run))),
  mail: mail && (async (run: Run, kind: NoticeKind) => mail(mailText(await mailFacts(run, kind, facts)))),
  mails: config.SendGrid_Mails,
  now: Date.now,
  scale: config.DurationScale,
};

async function toldByEvent({ id, revision }: Run): Promise<ToldByEvent> {
  const { alerts, quality, qualityState } = (await summaries.readSummary(id, revision)) ?? {};
  // Nobody sends an event that is held: this one was released.
  if (qualityState === 'held') await noteReleased(runInfo, id, revision);
  return { alerts: raisedBy(alerts, [revision]).total, ...(quality && { quality: stateOf(quality) }) };
}

const rules = {
  alerts: config.Alert_Rules,
  quality: config.Quality_Rules,
  // Where no event is published there is none to hold back.
  holdsEvent: config.Quality_Holds_Event && publish !== undefined,
};

// The bundle is CommonJS, and its folder is what was deployed.
const page = openPage(join(__dirname, PAGE_FILE));
const hints = new FeedHints(() => performance.now());

function check(runId: string, log: Log): Promise<number | undefined> {
  return checkRun(runId, {
    store,
    summarise: (run) => summarise(run, summaries, rules, new Date()),
    announce: (id, revision, kind, isHeld) => announce(id, revision, kind, notices, isHeld),
    async deliver(run: Run) {
      for (const id of await openNotices(runInfo, run.id)) await deliver(run, id, { ...notices, log });
    },
    now: () => new Date(),
    log,
  });
}

app.cosmosDB('fold', {
  connection: 'CosmosDBConnection',
  databaseName: config.CosmosDB_DBName,
  containerName: config.CosmosDB_RunInfoContainerName,
  leaseContainerName: CONTAINERS.leases.defaultName,
  createLeaseContainerIfNotExists: false,
  startFromBeginning: true,
  // A run ends up to 2 s earlier than with the host's own 5 s. More often would cost more than it brings: a poll that finds nothing is
  // 1 RU, and one that finds something is followed by a checkpoint of 10.
  feedPollDelay: 3000,
  // Twice before it expires; each time costs 10 RU, day and night, where the host's own 17 s would cost twice as much.
  leaseRenewInterval: 30_000,
  maxItemsPerInvocation: 500,
  // A few times only: an endless retry would block the lease, and the sweep looks at everything again.
  retry: { strategy: 'fixedDelay', maxRetryCount: 3, delayInterval: { seconds: 2 } },
  handler: (documents: unknown[], context: InvocationContext) => {
    const log = logTo(context);
    const link = context.traceContext?.traceParent;
    return foldFeed(documents, { hints, check: (runId) => check(runId, log), log, now: Date.now, link });
  },
});

/** A sweep is told when it did something for the run. */
const SWEEP = { kind: 'server' as const, onlyIfDone: true };

app.timer('sweep', {
  schedule: '0 * * * * *',
  handler: async (_timer, context) => {
    const log = logTo(context);
    for (const runId of await runsToSweep(runInfo)) {
      if (!hints.isDue(runId)) continue;
      try {
        await inSpan(
          'sweep',
          { ...SWEEP, within: contextOfWork(runId, undefined), link: context.traceContext?.traceParent },
          () => hints.measure(runId, (id) => check(id, log)),
        );
      } catch (error) {
        log('warn', 'a run could not be looked at; the next sweep will', { runId, ...errorFields(error) });
      }
    }
  },
});

// Not an empty route, which some versions of the host do not serve, and no catch-all, which would hide the host's own paths.
app.http('page', {
  methods: ['GET'],
  route: '{ignored:maxlength(0)?}',
  authLevel: 'anonymous',
  handler: (request) => page.page(request),
});

app.http('asset', {
  methods: ['GET'],
  route: `${ASSETS_PATH}/{file}`,
  authLevel: 'anonymous',
  handler: (request) => page.asset(request),
});

const orders = orderStore(runInfo);
const now = () => new Date();
// Asked only where events are held back: it takes a read each time that the page of a run is looked at.
const isEventHeld = async (runId: string, revision: number): Promise<boolean> =>
  rules.holdsEvent &&
  (await noticeStore.read(runId, noticesIdOf('end', revision)))?.document.event.state === 'held';
// With Entra ID it is not the host that asks who it is, but what stands before it, and then the code itself: no key opens anything.
const signsIn = config.Auth_Mode === 'entra';
const access = signsIn ? byRoles(process.env['WEBSITE_AUTH_ENABLED']) : byKeys;
// A forgotten authLevel would be a public route.
const authLevel = signsIn ? 'anonymous' : 'function';
let hashed: string | undefined;
/** Of the bundle, which is one file; read again when somebody asks first, since reading it takes some of the app's start. */
const build = (): string =>
  (hashed ??= createHash('sha256').update(readFileSync(__filename)).digest('base64url'));
const reads = apiStore({ runInfo, repoStats, repos, pace });
app.http('read', {
  methods: ['GET'],
  route: 'api/{*path}',
  authLevel,
  handler: router({
    access,
    routes: routesOf({
      store: reads,
      runs: new KnownRuns(reads, () => performance.now()),
      rows: new RowCache(),
      past: new PastSummaries(reads, () => performance.now()),
      orders,
      isEventHeld,
      schedule: config.RunSchedule,
      now,
    }),
    build,
  }),
});

// A function of its own, so that it has keys of its own: who may read cannot change anything.
app.http('operate', {
  methods: ['POST'],
  route: 'api/{*path}',
  authLevel,
  handler: operate({ orders, now, access }),
});

app.hook.appTerminate(() => telemetry?.close());
