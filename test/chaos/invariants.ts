/** What must hold of every finished run, whatever happened to it; each check answers with one sentence per violation. */
import { ACTIVE_STATUSES, type OutcomeEntry, type Run } from '@github-repo-stats/shared/documents';
import type { Notice, Notices } from '@github-repo-stats/shared/notices';
import { FAILURE_REASONS } from '@github-repo-stats/shared/reasons';
import { RUN_COMPLETED } from '@github-repo-stats/shared/topology';
import { comparable } from '../pipeline.ts';
import { ARCHIVE_CHECKS } from './archive-invariants.ts';
import type { Evidence } from './evidence.ts';
import { READ_MODEL_CHECKS } from './read-model-invariants.ts';

type Check = (evidence: Evidence) => string[];

/** Failures that pass by themselves are only final after the last attempt. */
const ATTEMPTS = 5;
const PASSING: readonly string[] = ['timeout', 'transport'];

interface Settled {
  name: string;
  batchId: string;
  /** The node id that its plan names. */
  id: string | undefined;
  entry: OutcomeEntry;
}

/** Every planned name with its outcome, as far as there is one. */
function* settledOf({ plans, outcomes }: Evidence): Generator<Settled> {
  const byBatch = new Map(outcomes.map((o) => [o.batchId, o.entries]));
  for (const { batchId, repos } of plans.flatMap((p) => p.batches))
    for (const { nameWithOwner: name, id } of repos) {
      const entry = byBatch.get(batchId)?.[name];
      if (entry) yield { name, batchId, id, entry };
    }
}
const sum = (numbers: Iterable<number>): number => [...numbers].reduce((a, b) => a + b, 0);
const unlike = (what: string, is: unknown, should: unknown): string[] =>
  is === should ? [] : [`${what} is ${String(is)}, and should be ${String(should)}`];
const doubles = (list: readonly string[]): string[] => [
  ...new Set(list.filter((x, i) => list.indexOf(x) !== i)),
];
/** Both ways: what is only here, what is only there. */
function difference(what: string, is: Iterable<string>, should: Iterable<string>): string[] {
  const [a, b] = [new Set(is), new Set(should)];
  return [
    ...[...a].filter((x) => !b.has(x)).map((x) => `${what} has ${x}, which should not be there`),
    ...[...b].filter((x) => !a.has(x)).map((x) => `${what} lacks ${x}`),
  ];
}

const ended: Check = ({ run, sources, plans }) => [
  ...(ACTIVE_STATUSES.includes(run.status) ? [`run ${run.id} has not ended: it is ${run.status}`] : []),
  ...unlike('the number of sources', sources.length, run.sourcesTotal),
  ...sources
    .filter((s) => s.failedCount === 0 && !plans.some((p) => p.sourceId === s.sourceId && p.last))
    .map((s) => `source ${s.sourceId} has neither a last plan nor failed`),
];

const everyNameSettledOnce: Check = (evidence) => {
  const { plans, outcomes } = evidence;
  const planned = plans.flatMap((p) =>
    p.batches.flatMap((b) => b.repos.map((r) => `${r.nameWithOwner} of batch ${b.batchId}`)),
  );
  const entries = outcomes.flatMap((o) =>
    Object.entries(o.entries)
      .filter(([, e]) => e.state !== 'pending')
      .map(([name]) => `${name} of batch ${o.batchId}`),
  );
  return [
    ...difference('what is settled', entries, planned),
    ...doubles(planned).map((name) => `${name} is planned twice`),
    ...doubles(outcomes.map((o) => o.batchId)).map((id) => `batch ${id} has two outcomes`),
    ...outcomes.filter((o) => o.pending > 0).map((o) => `batch ${o.batchId} counts ${o.pending} as pending`),
  ];
};

const failuresAreNamedAndDue: Check = (evidence) =>
  [...settledOf(evidence)].flatMap(({ name, id, entry: { state, reason, attempt } }) => {
    if (state !== 'failed') return [];
    if (!reason || !FAILURE_REASONS.includes(reason)) return [`${name} failed without a named reason`];
    if (evidence.failing.get(id ?? name)?.includes(reason)) return [];
    if (PASSING.includes(reason) && attempt >= ATTEMPTS) return [];
    return [`${name} failed as ${reason} in attempt ${attempt}, for which nothing was done to it`];
  });

const nothingLost: Check = (evidence) => {
  const [first = [], ...later] = evidence.truths;
  const everywhere = later.map((rows) => new Set(rows.map((r) => r.repoId)));
  const lasting = first.filter((r) => everywhere.every((ids) => ids.has(r.repoId)));
  const failedOwners = evidence.sources.filter((s) => s.failedCount > 0);
  if (failedOwners.length > 0) return failedOwners.map((s) => `source ${s.sourceId} failed: ${s.reason}`);
  const planned = new Set(evidence.plans.flatMap((p) => p.batches.flatMap((b) => b.repos.map((r) => r.id))));
  return lasting
    .filter((r) => !planned.has(r.repoId))
    .map((r) => `${r.repo} was there all the time, and was not planned`);
};

const storedIsTrue: Check = ({ stats, truths }) => {
  const held = new Set(truths.flat().map((row) => JSON.stringify(comparable(row))));
  return stats
    .filter((document) => !held.has(JSON.stringify(comparable(document))))
    .map((document) => `the statistics ${document.id} were true at no time of the run`);
};

const storedOnce: Check = (evidence) => {
  const created = [...settledOf(evidence)].filter(({ entry }) => entry.state === 'created');
  return [
    ...doubles(evidence.stats.map((s) => s.repoId)).map((id) => {
      const names = evidence.stats.filter((s) => s.repoId === id).map((s) => s.repo);
      return `repository ${id} is stored twice for the run: ${names.join(' and ')}`;
    }),
    ...doubles(created.map(({ name, entry }) => entry.as ?? name)).map(
      (name) => `${name} counts as created twice`,
    ),
    ...difference(
      'what is stored',
      evidence.stats.map((s) => s.repo),
      created.map(({ name, entry }) => entry.as ?? name),
    ),
  ];
};

const totalsAdd: Check = (evidence) => {
  const { run, plans, outcomes, stats } = evidence;
  const entries = [...settledOf(evidence)];
  const of = (state: OutcomeEntry['state']): Settled[] =>
    entries.filter(({ entry }) => entry.state === state);
  const [created, failed, duplicate] = [of('created'), of('failed'), of('duplicate')];
  const list = (text: string): string[] => text.split(',').filter(Boolean);
  return [
    ...unlike('totalCreatedCount', run.totalCreatedCount, created.length),
    ...unlike('the number of stored documents', stats.length, run.totalCreatedCount),
    ...unlike('totalFailedCount', run.totalFailedCount, failed.length),
    ...unlike('totalDuplicateCount', run.totalDuplicateCount, duplicate.length),
    ...unlike('totalReceived', run.totalReceived, created.length + failed.length),
    ...unlike('totalProcessed', run.totalProcessed, run.totalReceived),
    ...unlike('totalPlanned', run.totalPlanned, sum(plans.map((p) => p.planned))),
    ...unlike('the sum of failuresByReason', sum(Object.values(run.failuresByReason)), failed.length),
    ...unlike('the sum of created in the outcomes', sum(outcomes.map((o) => o.created)), created.length),
    ...unlike('the sum of failed in the outcomes', sum(outcomes.map((o) => o.failed)), failed.length),
    ...(run.createdListTruncated
      ? []
      : difference(
          'createdList',
          list(run.createdList),
          created.map(({ name, entry }) => entry.as ?? name),
        )),
    ...(run.failedListTruncated
      ? []
      : difference(
          'failedList',
          list(run.failedList),
          failed.map(({ name }) => name),
        )),
  ];
};

const toldOfEveryRevision: Check = ({ run, notices, events, mailSubjects }) => {
  const revisions = Array.from({ length: run.revision }, (_, i) => i + 1);
  const last = events.findLast((e) => e.id === `${run.id}.${run.revision}`);
  const mailed = notices.filter((n) => n.mail.state === 'done' && n.kind !== 'stalled');
  /** An end need not be told when the next revision followed before it was. */
  const isOver = ({ revision }: Notices, { state }: Notice): boolean =>
    state === 'done' || (state === 'overtaken' && revision < run.revision);
  const idOf = (revision: number): string => `${RUN_COMPLETED} ${run.id}.${revision}`;
  const came = events.map((e) => `${e.type} ${e.id}`);
  return [
    ...(run.revision === 0 ? [`run ${run.id} has no revision`] : []),
    ...difference(
      'what is announced',
      notices.filter((n) => n.kind === 'end').map((n) => `revision ${n.revision}`),
      revisions.map((r) => `revision ${r}`),
    ),
    ...notices.filter((n) => n.open > 0).map((n) => `${n.open} of the notices ${n.id} are not sent`),
    ...notices
      .filter((n) => n.kind === 'end' && !isOver(n, n.event))
      .map((n) => `the event of revision ${n.revision} is ${n.event.state}`),
    ...notices.filter((n) => !isOver(n, n.mail)).map((n) => `the mail of ${n.id} is ${n.mail.state}`),
    ...notices
      .filter((n) => n.event.state === 'done' && !came.includes(idOf(n.revision)))
      .map((n) => `Event Grid never took ${idOf(n.revision)}`),
    ...came
      .filter((event) => !revisions.map(idOf).includes(event))
      .map((event) => `Event Grid took ${event}, which no revision sent`),
    ...events
      .filter(({ data }) => ACTIVE_STATUSES.includes(data['status'] as Run['status']))
      .map(({ id, data }) => `the event ${id} says that the run is ${String(data['status'])}`),
    ...(last && last.data['totalCreatedCount'] !== run.totalCreatedCount
      ? [
          `the last event tells of ${String(last.data['totalCreatedCount'])} created, the run of ${run.totalCreatedCount}`,
        ]
      : []),
    ...mailSubjects.filter((s) => !s.includes(run.id)).map((s) => `a mail is about something else: ${s}`),
    ...(mailSubjects.length < mailed.length
      ? [`${mailed.length} mails are marked as sent, and ${mailSubjects.length} came`]
      : []),
  ];
};

const githubObeyed: Check = ({ calls }) =>
  Object.entries(calls.tokens).flatMap(([credential, { maxInFlight, callsLateWhileLimited: late }]) => [
    ...(['stats', 'listing'] as const)
      .filter((kind) => maxInFlight[kind] > 1)
      .map((kind) => `${maxInFlight[kind]} ${kind} calls of ${credential} were in flight at once`),
    ...(late > 0 ? [`${late} calls of ${credential} began more than 1 s after GitHub had said to wait`] : []),
  ]);

const queuesEmpty: Check = ({ queues, garbage }) =>
  Object.entries(queues).flatMap(([name, { waiting, deadLetters }]) => [
    ...waiting.map((id) => `${id} still lies in the queue ${name}`),
    ...difference(`the dead letters of ${name}`, deadLetters, garbage[name] ?? []),
  ]);

const CHECKS: readonly Check[] = [
  ended,
  everyNameSettledOnce,
  failuresAreNamedAndDue,
  nothingLost,
  storedIsTrue,
  storedOnce,
  totalsAdd,
  toldOfEveryRevision,
  githubObeyed,
  queuesEmpty,
  ...READ_MODEL_CHECKS,
  ...ARCHIVE_CHECKS,
];

/** What does not hold, one sentence each; nothing when all is well. */
export const violations = (evidence: Evidence): string[] => CHECKS.flatMap((check) => check(evidence));
