/** What the workbook shows, from top to bottom: runs, GitHub, Cosmos DB, queues, one run, failures. */
import { guidOf } from './roles.ts';
import {
  chart,
  metric,
  parameters,
  table,
  text,
  type Item,
  type Metric,
  type WorkbookResources,
} from './workbook-items.ts';
import { WORKBOOK_QUERIES as Q } from './workbook-queries.ts';

const SERVICE_BUS = 'microsoft.servicebus/namespaces';
const COSMOS = { type: 'microsoft.documentdb/databaseaccounts', group: 'Requests' };
const byQueue = (title: string, name: string): Metric => ({
  title,
  type: SERVICE_BUS,
  metric: name,
  aggregation: 'maximum',
  splitBy: 'EntityName',
});

/** The whole workbook, in the form of its `serializedData`. */
export function workbookContent(resources: WorkbookResources): object {
  const { workspace } = resources;
  const items = [
    parameters(workspace, Q.runsToChoose),
    ...runs(workspace),
    ...github(workspace),
    ...cosmos(resources),
    ...queues(resources),
    ...oneRun(workspace),
    ...failures(workspace),
  ];
  return {
    version: 'Notebook/1.0',
    items,
    fallbackResourceIds: [workspace],
    $schema: 'https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json',
  };
}

function runs(workspace: string): Item[] {
  const [charts, tables] = [chart(workspace), table(workspace)];
  const none = 'No run ended in this time range.';
  return [
    text(
      'Runs',
      'Each run of the time range, what it collected, what it cost, and a link to everything that it logged.',
    ),
    tables(
      {
        run: 'Run',
        start: 'Start (UTC)',
        trigger: 'Started by',
        status: 'Status',
        seconds: 'Seconds',
        repositories: 'Repositories',
        created: 'Collected',
        failed: 'Failed',
        duplicates: 'Duplicates',
        failedSources: 'Sources that failed',
        calls: 'GitHub calls',
        points: 'GitHub points',
        githubSeconds: 'Seconds of GitHub',
        requestUnits: 'RU',
        trace: 'Trace',
      },
      { title: 'Runs, newest first', query: Q.runs(workspace), none: 'No run in this time range.' },
      { column: 'trace', text: 'Open' },
    ),
    charts(
      'barchart',
      { x: 'start', y: ['minutes'] },
      { title: 'Minutes per run', query: Q.durations, none, width: 50 },
    ),
    charts(
      'barchart',
      { x: 'start', y: ['created', 'failed', 'duplicates'] },
      { title: 'Repositories per run', query: Q.repositories, none, width: 50 },
    ),
    charts(
      'barchart',
      { x: 'start', y: ['repositories'], group: 'reason' },
      { title: 'Failed repositories by reason', query: Q.failures, none: 'No repository failed.', width: 50 },
    ),
    tables(
      { sourceId: 'Source', reason: 'Reason', lastSeen: 'Last (UTC)', runs: 'Runs', detail: 'Detail' },
      { title: 'Sources that failed', query: Q.failedSources, none: 'No source failed.', width: 50 },
    ),
  ];
}

function github(workspace: string): Item[] {
  const [charts, tables] = [chart(workspace), table(workspace)];
  const none = 'GitHub was not asked in this time range.';
  return [
    text(
      'GitHub',
      'What was asked of GitHub with each credential, and what was waited for: limits, pauses after errors, and turns.',
    ),
    charts(
      'timechart',
      { x: 'TimeGenerated', y: ['calls'], group: 'credential' },
      { title: 'Calls by credential', query: Q.githubCalls, none, width: 50 },
    ),
    charts(
      'timechart',
      { x: 'TimeGenerated', y: ['seconds'], group: 'credential' },
      { title: 'Seconds of GitHub by credential', query: Q.githubSeconds, none, width: 50 },
    ),
    tables(
      {
        credential: 'Credential',
        calls: 'Calls',
        points: 'Points',
        seconds: 'Seconds',
        repositories: 'Repositories',
        secondsPerRepository: 'Seconds per repository',
      },
      { title: 'By credential', query: Q.githubTotals, none, width: 50 },
    ),
    charts(
      'barchart',
      { x: 'TimeGenerated', y: ['seconds'], group: 'reason' },
      { title: 'Seconds waited, by what for', query: Q.waits, none: 'Nothing was waited for.', width: 50 },
    ),
    tables(
      {
        credential: 'Credential',
        reason: 'Waited for',
        waits: 'Waits',
        seconds: 'Seconds',
        longest: 'Longest, seconds',
      },
      { title: 'Waits by credential', query: Q.waitsByCredential, none: 'Nothing was waited for.' },
    ),
  ];
}

function cosmos({ workspace, store }: WorkbookResources): Item[] {
  const charts = chart(workspace);
  const none = 'Nothing was written in this time range.';
  const id = (title: string): string => guidOf(title);
  const spent: Metric = {
    ...COSMOS,
    title: 'RU of all requests, by container',
    metric: 'TotalRequestUnits',
    aggregation: 'total',
    splitBy: 'CollectionName',
  };
  const refused: Metric = {
    ...COSMOS,
    title: 'Requests refused with 429, by container',
    metric: 'TotalRequests',
    aggregation: 'count',
    splitBy: 'CollectionName',
    only: { dimension: 'StatusCode', values: ['429'] },
  };
  return [
    text(
      'Cosmos DB',
      'What writing statistics takes of the RU per second that it may use; serverless has no such budget.',
    ),
    charts(
      'timechart',
      { x: 'minute', y: ['busiestMinute', 'budget'] },
      {
        title: 'RU per second in the busiest minute, and the budget',
        query: Q.requestUnits,
        none,
        width: 50,
      },
    ),
    charts(
      'timechart',
      { x: 'TimeGenerated', y: ['throttled', 'requestUnitsPerRepository'] },
      { title: 'Writes refused with 429, and RU per repository', query: Q.throttled, none, width: 50 },
    ),
    metric(id(spent.title), store, spent),
    metric(id(refused.title), store, refused),
  ];
}

function queues({ workspace, messages }: WorkbookResources): Item[] {
  const depth = [
    byQueue('Messages that can be handled now', 'ActiveMessages'),
    byQueue('Messages that wait for their time', 'ScheduledMessages'),
    byQueue('Dead letters', 'DeadletteredMessages'),
  ];
  return [
    text(
      'Queues',
      'How many messages wait in each queue, how long they wait, and which could not be handled.',
    ),
    ...depth.map((m) => metric(guidOf(m.title), messages, m)),
    chart(workspace)(
      'timechart',
      { x: 'TimeGenerated', y: ['waited'], group: 'queue' },
      {
        title: 'Seconds in the queue, 95th percentile',
        query: Q.lag,
        none: 'No message was handled in this time range.',
        width: 50,
      },
    ),
    table(workspace)(
      {
        queue: 'Queue',
        messageId: 'Message',
        firstSeen: 'First (UTC)',
        lastSeen: 'Last (UTC)',
        reason: 'Reason',
      },
      {
        title: 'Messages that could not be handled',
        query: Q.deadLetters,
        none: 'Every message could be handled.',
      },
    ),
  ];
}

function oneRun(workspace: string): Item[] {
  const tables = table(workspace);
  const none = 'Nothing of this run in this time range.';
  return [
    text(
      'One run: {RunId}',
      'Where the time of the run that is chosen above went, hop by hop, and its trace across all apps.',
    ),
    tables(
      {
        hop: 'Hop',
        deliveries: 'Deliveries',
        waitedP50: 'Waited, median s',
        waitedP95: 'Waited, 95 % s',
        handledP50: 'Handled, median s',
        handledP95: 'Handled, 95 % s',
        copied: 'Put off',
        thrown: 'Thrown',
        firstAt: 'First (UTC)',
        lastAt: 'Last (UTC)',
      },
      { title: 'Latency per hop', query: Q.hops, none },
    ),
    tables(
      {
        TimeGenerated: 'Time (UTC)',
        app: 'App',
        what: 'What',
        milliseconds: 'Took, ms',
        success: 'Well',
        Properties: 'Fields',
      },
      { title: 'Trace', query: Q.trace, none },
    ),
  ];
}

function failures(workspace: string): Item[] {
  const none = 'Nothing failed.';
  return [
    text('Failures', 'Functions that failed, by app, and the errors that the apps logged.'),
    chart(workspace)(
      'barchart',
      { x: 'TimeGenerated', y: ['failures'], group: 'app' },
      { title: 'Failed functions by app', query: Q.failedFunctions, none },
    ),
    table(workspace)(
      {
        app: 'App',
        Message: 'What',
        place: 'Queue or method',
        errorName: 'Error',
        errorCode: 'Code',
        error: 'Message',
        cause: 'Cause',
        times: 'Times',
        lastSeen: 'Last (UTC)',
        run: 'A run',
      },
      { title: 'Errors', query: Q.errors, none },
    ),
  ];
}
