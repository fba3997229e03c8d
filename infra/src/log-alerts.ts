/**
 * The alerts that watch the logs. Each query gives one row per thing that is wrong, which is a state: while it lasts the alert stands,
 * and when it is over the alert resolves by itself, so that nothing is muted and nothing is told twice.
 */
import type { FailureReason } from '@github-repo-stats/shared/reasons';
import { QUEUES } from '@github-repo-stats/shared/topology';
import type { InfraConfig } from './config.ts';
import { APP, entries, entry, literal, literals, query } from './log-query.ts';
import { gapsOf } from './schedule-gaps.ts';
import { SERVICES } from './services.ts';

/** 1 is an error that needs somebody now, 2 a warning that can wait for the morning. */
export type Severity = 1 | 2;

export interface LogAlert {
  /** Name of the resource, and of the recipe in docs/operations.md. */
  name: string;
  title: string;
  /** What it means, and what the dimension names. */
  description: string;
  severity: Severity;
  query: string;
  /** A column of the result: an alert for each of its values, of these or of any. */
  dimension?: { name: string; values: readonly string[] };
  /** The sum of this column has to be more than that; without it, a row is enough. */
  measure?: { column: string; above: number };
  /** How far back the query looks. */
  looksBack: 'PT15M' | 'P1D' | 'P2D';
}

const HOUR = 3600;
/** No log alert looks back any further (learn.microsoft.com/azure/azure-monitor/alerts/alerts-create-log-alert-rule). */
export const FURTHEST_BACK_HOURS = 48;
/** Part of the workspace's daily cap from which somebody should know. */
const NEAR_CAP = 0.8;
const ANY = ['*'] as const;

/** How the schedule bounds what is late, in minutes. */
export function patience(runSchedule: string): { overdue: number; noRun: number | undefined } {
  const { shortest, longest } = gapsOf(runSchedule);
  // A run is late when it keeps the next one from starting; not within an hour, and after a day however seldom runs are.
  const overdue = Math.round(Math.min(Math.max(shortest, HOUR), 24 * HOUR) / 60);
  // An hour for what is late in the logs and for a start that had to be tried again.
  const noRun = Math.round((longest + HOUR) / 60);
  return { overdue, noRun: noRun < (FURTHEST_BACK_HOURS - 1) * 60 ? noRun : undefined };
}

/** Stands until the run moves again or ends. A run that ends nothing for a day is settled by the scheduler. */
const stalled: LogAlert = {
  name: 'run-stalled',
  title: 'A run is stalled',
  description:
    'The run named by runId has not moved for half an hour, and waits for nothing that was announced.',
  severity: 1,
  query: query(
    entry('run is stalled', ['runId', 'cause']),
    'summarize arg_max(TimeGenerated, cause) by runId',
    'project-rename stalledAt = TimeGenerated',
    `join kind=leftouter (${query(
      entries(['page planned', 'outcomes folded', 'run ended'], ['runId']),
      'summarize movedAt = max(TimeGenerated) by runId',
    )}) on runId`,
    'where isnull(movedAt) or movedAt < stalledAt',
    'project runId, cause, hours = round((now() - stalledAt) / 1h, 1)',
  ),
  dimension: { name: 'runId', values: ANY },
  looksBack: 'P2D',
};

/** A run that moves, but takes so long that it keeps the next one from starting. */
const overdue = (minutes: number): LogAlert => ({
  name: 'run-overdue',
  title: 'A run is overdue',
  description: `The run named by runId began, or was asked for again, more than ${minutes} minutes ago and has not ended.`,
  severity: 2,
  query: query(
    entries(['run started', 'rerun requested'], ['runId', 'sources', 'batches']),
    // A rerun that found nothing to do has no end either.
    `where not(Message == ${literal('rerun requested')} and sources + batches == 0)`,
    'summarize startedAt = max(TimeGenerated) by runId',
    `join kind=leftouter (${query(
      entry('run ended', ['runId']),
      'summarize endedAt = max(TimeGenerated) by runId',
    )}) on runId`,
    `where startedAt < ago(${minutes}m) and (isnull(endedAt) or endedAt < startedAt)`,
    'project runId, hours = round((now() - startedAt) / 1h, 1)',
  ),
  dimension: { name: 'runId', values: ANY },
  looksBack: 'P2D',
});

/**
 * Nothing logged is what this is about, so the row comes from the platform's metrics, which are there whatever the apps do; and only
 * once they have been there for as long, so that a new deployment wakes nobody. A run that was skipped shows that the schedule lives.
 * When runs are further apart than an alert can look back, the scheduler's own pulse is watched: it sweeps every minute.
 */
function noRun(minutes: number | undefined): LogAlert {
  const watched = minutes ?? 60;
  const sign =
    minutes === undefined
      ? query('AppRequests', `where ${APP} == ${literal('scheduler')}`)
      : entries(['run started', 'scheduled run skipped, another is under way'], []);
  return {
    name: 'no-run',
    title: minutes === undefined ? 'The scheduler is silent' : 'No run has started',
    description:
      minutes === undefined
        ? `Runs are too far apart to wait for one; but the scheduler, which sweeps every minute, has not run for ${watched} minutes.`
        : `No run has started for ${watched} minutes, which is an hour more than the schedule's longest pause.`,
    severity: 1,
    query: query(
      'AzureMetrics',
      'summarize watchedSince = min(TimeGenerated)',
      `extend lastSign = toscalar(${query(sign, 'summarize max(TimeGenerated)')})`,
      `where watchedSince < ago(${watched}m) and (isnull(lastSign) or lastSign < ago(${watched}m))`,
      'project hours = round((now() - coalesce(lastSign, watchedSince)) / 1h, 1)',
    ),
    looksBack: 'P2D',
  };
}

/** One message that cannot be handled fails as often as it is delivered, and is told as a dead letter: it takes more than that. */
const MOST_DELIVERIES = Math.max(...Object.values(QUEUES).map((queue) => queue.maxDeliveryCount));

/** The most of three signs, as they tell of the same calls: what the host counts, exceptions, and what the services log. */
const failed: LogAlert = {
  name: 'failed-functions',
  title: 'Functions of an app fail',
  description: `Functions of the app named by app failed more than ${MOST_DELIVERIES} times in 15 minutes, which is more than one bad message can do.`,
  severity: 2,
  query: query(
    'AppRequests',
    // Answers that tell a caller what was wrong, or that GitHub cannot be asked now, are no failure.
    'where Success == false and not(ResultCode matches regex "^(4..|503)$")',
    // The host tells of an invocation and the app of the same work as a span of its run: of two tellers the one that tells more.
    `summarize requests = sum(ItemCount) by app = ${APP}, AppRoleName`,
    'summarize requests = max(requests) by app',
    `join kind=fullouter (${query('AppExceptions', `summarize exceptions = sum(ItemCount) by app = ${APP}`)}) on app`,
    'project app = coalesce(app, app1), requests, exceptions',
    `join kind=fullouter (${query(
      entries(['handler failed', 'request failed'], []),
      `summarize logged = count() by app = ${APP}`,
    )}) on app`,
    'project app = coalesce(app, app1), failures = max_of(coalesce(requests, 0), coalesce(exceptions, 0), coalesce(logged, 0))',
    `where app in ${literals(SERVICES)}`,
  ),
  dimension: { name: 'app', values: SERVICES },
  measure: { column: 'failures', above: MOST_DELIVERIES },
  looksBack: 'PT15M',
};

/** Stands until GitHub serves the credential again. What was read just before its refusal, of the same message, is told just after it. */
const refused: LogAlert = {
  name: 'credential-refused',
  title: 'GitHub refuses a credential',
  description:
    'GitHub refuses the credential named by credential. Its work goes to the others, if there are others that may read the same.',
  severity: 1,
  query: query(
    entry('credential refused by GitHub', ['credential']),
    'summarize refusedAt = max(TimeGenerated) by credential',
    `join kind=leftouter (${query(
      entries(['batch fetched', 'page planned'], ['credential', 'calls']),
      'where calls > 0',
      'summarize servedAt = max(TimeGenerated) by credential',
    )}) on credential`,
    'where isnull(servedAt) or servedAt < refusedAt + 1m',
    'project credential, hours = round((now() - refusedAt) / 1h, 1)',
  ),
  dimension: { name: 'credential', values: ANY },
  looksBack: 'P2D',
};

const CREDENTIALS: FailureReason = 'credentials';

/** Stands until the failed repositories were run again with success, or two days. */
const unread: LogAlert = {
  name: 'repositories-without-credential',
  title: 'Repositories failed for want of a credential',
  description:
    'The run named by runId could not read repositories, because GitHub refused the credential and no other may read them.',
  severity: 2,
  query: query(
    entry('repositories failed', ['runId', 'revision', 'reason', 'repositories']),
    `where reason == ${literal(CREDENTIALS)}`,
    'summarize repositories = max(repositories) by runId, revision',
    `join kind=inner (${query(
      entry('run ended', ['runId', 'revision']),
      'summarize revision = max(revision) by runId',
    )}) on runId, revision`,
    'project runId, repositories',
  ),
  dimension: { name: 'runId', values: ANY },
  measure: { column: 'repositories', above: 0 },
  looksBack: 'P2D',
};

/** Stands until a later revision of the run passes, or two days. */
const wrong: LogAlert = {
  name: 'numbers-look-wrong',
  title: 'The numbers of a run look wrong',
  description:
    'A check of the numbers of the run named by runId failed. Its event is held back, if that is asked for.',
  severity: 2,
  query: query(
    entry('numbers checked', ['runId', 'revision', 'state', 'failed']),
    'summarize arg_max(revision, state, failed) by runId',
    `where state == ${literal('failed')}`,
    'project runId, failed',
  ),
  dimension: { name: 'runId', values: ANY },
  looksBack: 'P2D',
};

/** Stands until the run is archived, or two days after its end; nothing is lost meanwhile, since the database forgets nothing before. */
const unarchived: LogAlert = {
  name: 'run-unarchived',
  title: 'A run is not archived',
  description: 'The run named by runId ended more than a day ago and is not archived.',
  severity: 2,
  query: query(
    entry('run ended', ['runId']),
    'summarize endedAt = max(TimeGenerated) by runId',
    'where endedAt < ago(1d)',
    `join kind=leftanti (${query(entry('run archived', ['runId']), 'distinct runId')}) on runId`,
    'project runId, hours = round((now() - endedAt) / 1h, 1)',
  ),
  dimension: { name: 'runId', values: ANY },
  looksBack: 'P2D',
};

/** Past the cap everything above is blind: nothing is logged until the next day. */
const nearCap = (dailyCapGb: number): LogAlert => ({
  name: 'logs-near-cap',
  title: 'The logs near their daily cap',
  description: `More than ${NEAR_CAP * 100} % of the ${dailyCapGb} GB of logs that a day may have came in the last 24 hours. Past the cap, logs are dropped and the other alerts see nothing.`,
  severity: 2,
  query: query(
    'Usage',
    'where IsBillable == true',
    'summarize megabytes = sum(Quantity)',
    `where megabytes > ${Math.round(dailyCapGb * 1000 * NEAR_CAP)}`,
  ),
  looksBack: 'P1D',
});

/** Every alert that watches the logs. */
export function logAlerts({
  runSchedule,
  logDailyCapGb,
  archive,
}: Pick<InfraConfig, 'runSchedule' | 'logDailyCapGb' | 'archive'>): LogAlert[] {
  const minutes = patience(runSchedule);
  return [
    stalled,
    overdue(minutes.overdue),
    noRun(minutes.noRun),
    failed,
    refused,
    unread,
    wrong,
    ...(archive ? [unarchived] : []),
    nearCap(logDailyCapGb),
  ];
}
