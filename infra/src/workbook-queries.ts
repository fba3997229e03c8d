/** The queries of the workbook. `{RunId}` and `{TimeRange:grain}` are its parameters; the time range is applied by the portal. */
import { APP, entries, entry, literal, query } from './log-query.ts';

const GRAIN = '{TimeRange:grain}';
/** The run that was chosen. */
const ofRun = `where runId == ${literal('{RunId}')}`;
/** The latest revision alone: a run that was run again ends again. */
const LATEST = 'summarize arg_max(revision, *) by runId';
/** A run's id is the epoch second of its start. */
const startOf = (runId: string): string => `unixtime_seconds_todatetime(tolong(${runId}))`;

const ended = query(
  entry('run ended', [
    'runId',
    'revision',
    'status',
    'seconds',
    'repositories',
    'created',
    'failed',
    'duplicates',
    'failedSources',
    'calls',
    'points',
    'githubSeconds',
    'requestUnits',
  ]),
  LATEST,
);
const started = query(
  entry('run started', ['runId', 'trigger']),
  'summarize arg_max(TimeGenerated, trigger, OperationId) by runId',
);

/** Everything that one trace left, in order, as the portal's query page wants it in an address. */
function traceLink(workspaceId: string): string {
  const page = 'https://portal.azure.com/#view/Microsoft_OperationsManagementSuite_Workspace/Logs.ReactView';
  const before = `${page}/resourceId/${encodeURIComponent(workspaceId)}/source/Workbook/query/`;
  const [head, tail] = [
    'union AppRequests, AppDependencies, AppTraces, AppExceptions | where OperationId == "',
    '" | order by TimeGenerated asc',
  ];
  const trace = `url_encode_component(strcat(${literal(head)}, operation, ${literal(tail)}))`;
  return `strcat(${literal(before)}, ${trace}, ${literal('/timespan/P30D')})`;
}

export const WORKBOOK_QUERIES = {
  /** Of the parameter: newest first, and the newest is chosen. */
  runsToChoose: query(
    entries(['run started', 'run ended'], ['runId']),
    'distinct runId',
    'order by runId desc',
    `project value = runId, label = strcat(runId, " (", format_datetime(${startOf('runId')}, "yyyy-MM-dd HH:mm"), " UTC)"), selected = row_number() == 1`,
  ),
  runs: (workspaceId: string): string =>
    query(
      started,
      `join kind=fullouter (${ended}) on runId`,
      'extend run = coalesce(runId, runId1), operation = coalesce(OperationId, OperationId1)',
      `project run, start = ${startOf('run')}, trigger, status = coalesce(status, "under way"), seconds, repositories, created, failed, duplicates, failedSources, calls, points, githubSeconds, requestUnits, trace = ${traceLink(workspaceId)}`,
      'order by start desc',
    ),
  durations: query(
    ended,
    `project start = ${startOf('runId')}, minutes = seconds / 60`,
    'order by start asc',
  ),
  repositories: query(
    ended,
    `project start = ${startOf('runId')}, created, failed, duplicates`,
    'order by start asc',
  ),
  failures: query(
    entry('repositories failed', ['runId', 'revision', 'reason', 'repositories']),
    'summarize repositories = max(repositories) by runId, revision, reason',
    `join kind=inner (${query(ended, 'project runId, revision')}) on runId, revision`,
    `project start = ${startOf('runId')}, reason, repositories`,
    'order by start asc',
  ),
  failedSources: query(
    entry('source failed', ['runId', 'sourceId', 'reason', 'detail']),
    'summarize lastSeen = max(TimeGenerated), runs = dcount(runId), detail = take_any(detail) by sourceId, reason',
    'order by lastSeen desc',
  ),

  githubCalls: query(
    entries(['batch fetched', 'page planned'], ['credential', 'calls']),
    `summarize calls = sum(calls) by credential, bin(TimeGenerated, ${GRAIN})`,
  ),
  githubSeconds: query(
    entries(['batch fetched', 'page planned'], ['credential', 'seconds']),
    `summarize seconds = sum(seconds) by credential, bin(TimeGenerated, ${GRAIN})`,
  ),
  githubTotals: query(
    entries(['batch fetched', 'page planned'], ['credential', 'calls', 'points', 'seconds', 'repositories']),
    `summarize calls = sum(calls), points = sum(points), seconds = sum(seconds), repositories = sumif(repositories, Message == ${literal('batch fetched')}) by credential`,
    'extend secondsPerRepository = iff(repositories > 0, round(seconds / repositories, 3), real(null))',
    'order by calls desc',
  ),
  waits: query(
    entry('waiting', ['reason', 'seconds']),
    `summarize seconds = sum(seconds) by reason, bin(TimeGenerated, ${GRAIN})`,
  ),
  waitsByCredential: query(
    entry('waiting', ['reason', 'seconds', 'credential']),
    'summarize waits = count(), seconds = sum(seconds), longest = max(seconds) by credential, reason',
    'order by seconds desc',
  ),

  requestUnits: query(
    entry('batch written', ['requestUnits', 'budget']),
    'summarize perSecond = sum(requestUnits) / 60, budget = max(budget) by minute = bin(TimeGenerated, 1m)',
    `summarize busiestMinute = max(perSecond), budget = max(budget) by bin(minute, ${GRAIN})`,
    'order by minute asc',
  ),
  throttled: query(
    entry('batch written', ['throttled', 'requestUnits', 'repositories']),
    `summarize throttled = sum(throttled), requestUnitsPerRepository = sum(requestUnits) / sum(repositories) by bin(TimeGenerated, ${GRAIN})`,
    'order by TimeGenerated asc',
  ),

  lag: query(
    entry('message handled', ['queue', 'waited']),
    `summarize waited = percentile(waited, 95) by queue, bin(TimeGenerated, ${GRAIN})`,
  ),
  deadLetters: query(
    entries(
      ['dead letter', 'dead letter that cannot be understood', 'message cannot be understood'],
      ['queue', 'messageId', 'reason', 'error'],
    ),
    'summarize firstSeen = min(TimeGenerated), lastSeen = max(TimeGenerated), reason = take_any(coalesce(reason, error)) by queue, messageId',
    'order by lastSeen desc',
  ),

  hops: query(
    entry('message handled', ['runId', 'queue', 'waited', 'seconds', 'result']),
    ofRun,
    `extend hop = strcat("queue ", queue), copied = result == "copied", thrown = result == "thrown"`,
    `union (${query(
      entry('outcomes folded', ['runId', 'waited', 'seconds']),
      ofRun,
      'extend hop = "change feed"',
    )})`,
    'summarize deliveries = count(), waitedP50 = percentile(waited, 50), waitedP95 = percentile(waited, 95), handledP50 = percentile(seconds, 50), handledP95 = percentile(seconds, 95), copied = countif(copied), thrown = countif(thrown), firstAt = min(TimeGenerated), lastAt = max(TimeGenerated) by hop',
    'order by firstAt asc',
  ),
  /** Spans and entries, in order. The trace is one, and every run ends or starts in it. */
  trace: query(
    'AppTraces',
    'union AppRequests, AppDependencies',
    `where OperationId in ((${query(entries(['run started', 'run ended'], ['runId']), ofRun, 'distinct OperationId')}))`,
    `project TimeGenerated, app = ${APP}, what = coalesce(Message, Name), milliseconds = round(DurationMs), success = Success, Properties`,
    'order by TimeGenerated asc',
    'take 5000',
  ),

  failedFunctions: query(
    'AppRequests',
    'where Success == false',
    // As in the alert: of host and app, the one that tells more.
    `summarize failures = sum(ItemCount) by app = ${APP}, AppRoleName, bin(TimeGenerated, ${GRAIN})`,
    'summarize failures = max(failures) by app, TimeGenerated',
  ),
  errors: query(
    entries(
      ['handler failed', 'request failed'],
      ['queue', 'method', 'runId', 'errorName', 'errorCode', 'error', 'cause'],
    ),
    `summarize times = count(), lastSeen = max(TimeGenerated), run = take_any(runId) by app = ${APP}, Message, place = coalesce(queue, method), errorName, errorCode, error, cause`,
    'order by lastSeen desc',
  ),
} as const satisfies Record<string, string | ((workspaceId: string) => string)>;
