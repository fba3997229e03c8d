/** How the Functions host is to run each app: what host.json says, and the app settings that say it again for what is deployed. */
import { WRITE_PREFETCH, writeLanes } from './write-budget.ts';

/** The apps that a queue with sessions triggers. */
export const QUEUE_APPS = ['resolver', 'fetcher', 'writer'] as const;
type QueueApp = (typeof QUEUE_APPS)[number];
const isQueueApp = (app: string): app is QueueApp => (QUEUE_APPS as readonly string[]).includes(app);

/** The app that a queue without sessions triggers: one event at a time, since what is in memory is a part of a run. */
const ARCHIVE_APP = 'archiver';

/** The app that people look at: its page is at the root of its address, and what the page reads below api/. */
const PAGE_APP = 'reporter';

/** What decides how many sessions can be busy at a time. */
export interface Lanes {
  /** Credentials that GitHub is asked with. */
  credentials: number;
  /** Whether Cosmos DB is paid by request, so that there is no budget to keep. */
  serverless: boolean;
}

/**
 * Seconds after which the host ends a function: longer than the longest delivery, which asks GitHub for ten pages, each call
 * with its wait for a foreign grant and 15 s of its own; and finite, since a lock is renewed for as long as a function runs.
 */
export const FUNCTION_TIMEOUT_SECONDS = 600;
/** Seconds that one delivery of a batch may ask GitHub for; then the rest goes on in a copy, long before the host ends it. */
export const SHARE_SECONDS = FUNCTION_TIMEOUT_SECONDS / 5;
/** Seconds without a message after which a session is given back, so that another one, or another instance, gets its turn. */
export const SESSION_IDLE_SECONDS = 5;
/** The host's own default: for who runs the apps without saying how many credentials there are. */
const UNKNOWN_SESSIONS = 8;

/**
 * How the host starts the Node process that an app runs in. Left to itself V8 takes memory for as long as the machine has some: young
 * objects get up to 134 MB, and an app that works on one message after the other comes to 300 MB and more, of which 30 to 40 MB
 * are in use. Young: with 8 MB a run takes no more processor time than without a bound. Old: more than twice the 44 MB with which
 * a run of ten thousand single repositories, whose request has 1.5 MB, is still done; no message comes near that.
 */
export const WORKER_ARGUMENTS = ['--max-semi-space-size=8', '--max-old-space-size=96'];
/** Of the host: the arguments of the Node process. @see https://learn.microsoft.com/azure/azure-functions/functions-reference-node */
export const ARGUMENTS_SETTING = 'languageWorkers__node__arguments';

/** What these settings say of the Node process that an app runs in. */
export const workerArguments = (settings: Readonly<Record<string, string>>): string[] =>
  (settings[ARGUMENTS_SETTING] ?? '').split(/\s+/).filter(Boolean);

/** The platform counts the renewing of locks from the accepting of the session, which may last for days: without end. */
const WITHOUT_END = '-00:00:00.0010000';

const timeSpan = (seconds: number): string =>
  [seconds / 3600, (seconds / 60) % 60, seconds % 60]
    .map((n) => String(Math.floor(n)).padStart(2, '0'))
    .join(':');

/**
 * Sessions that an instance takes at once: as many as can ever be busy. The platform divides the waiting messages by this
 * number when it decides how many instances to start.
 */
function sessions(app: QueueApp, lanes: Lanes | undefined): number {
  if (app === 'writer') return writeLanes(lanes?.serverless ?? true);
  // One more than there are credentials, for the message of a person who chose a session by hand.
  return lanes ? lanes.credentials + 1 : UNKNOWN_SESSIONS;
}

/**
 * The part of host.json that concerns time and messages.
 * @param lanes left out: as the file itself stands, for any number of credentials.
 * @see https://learn.microsoft.com/azure/azure-functions/functions-bindings-service-bus#hostjson-settings
 */
export function hostOptions(app: string, lanes?: Lanes) {
  const functionTimeout = timeSpan(FUNCTION_TIMEOUT_SECONDS);
  // The page is at the root, so its app writes every route in full.
  if (app === PAGE_APP) return { functionTimeout, extensions: { http: { routePrefix: '' } } };
  if (app === ARCHIVE_APP)
    return {
      functionTimeout,
      extensions: {
        serviceBus: {
          prefetchCount: 0,
          autoCompleteMessages: true,
          maxAutoLockRenewalDuration: functionTimeout,
          maxConcurrentCalls: 1,
        },
      },
    };
  if (!isQueueApp(app)) return { functionTimeout };
  return {
    functionTimeout,
    extensions: {
      serviceBus: {
        // What is fetched ahead and not reached when a session is given back counts as delivered.
        prefetchCount: app === 'writer' ? WRITE_PREFETCH : 0,
        autoCompleteMessages: true,
        maxAutoLockRenewalDuration: WITHOUT_END,
        maxConcurrentSessions: sessions(app, lanes),
        // A lane is serial.
        maxConcurrentCallsPerSession: 1,
        sessionIdleTimeout: timeSpan(SESSION_IDLE_SECONDS),
      },
    },
  };
}

/**
 * The same as app settings, which win over host.json: whatever the file says, an app runs as its lanes need it. And what no file can
 * say: the arguments of its process.
 */
export const hostSettings = (app: string, lanes: Lanes): Record<string, string> => ({
  ...flat('AzureFunctionsJobHost', hostOptions(app, lanes)),
  [ARGUMENTS_SETTING]: WORKER_ARGUMENTS.join(' '),
  // Else the host has a page of its own there.
  ...(app === PAGE_APP && { AzureWebJobsDisableHomepage: 'true' }),
});

function flat(path: string, value: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
      // An empty setting may count as none: what is empty is left to the file.
      inner === ''
        ? []
        : typeof inner === 'object' && inner !== null
          ? Object.entries(flat(`${path}__${key}`, inner))
          : [[`${path}__${key}`, String(inner)]],
    ),
  );
}
