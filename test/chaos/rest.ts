/** Finds out whether a run has come to rest: at its end, everything told, nothing left to be done; and gathers what it left behind. */
import type { Outcome, Plan, Run, Source } from '@github-repo-stats/shared/documents';
import { ACTIVE_STATUSES } from '@github-repo-stats/shared/documents';
import type { Notices } from '@github-repo-stats/shared/notices';
import type { CallReport } from '@github-repo-stats/local/github/call-log';
import { markId, type ArchiveMark } from '@github-repo-stats/shared/archive/mark';
import type { Rows } from '@github-repo-stats/shared/rows';
import { ALL_QUEUES } from '@github-repo-stats/shared/topology';
import type { Summary } from '../../services/reporter/src/summary.ts';
import type { Evidence, QueueLeft } from './evidence.ts';
import { peekAll } from './peek.ts';
import type { Stage } from './stage.ts';

/** Why it has not come to rest yet; undefined when it has. @throws while a part of the platform is away. */
export async function unrest(stage: Stage): Promise<string | undefined> {
  const { pipeline, runId } = stage;
  const run = await pipeline.document<Run>('runInfo', runId, runId);
  if (!run) return 'there is no run document';
  if (ACTIVE_STATUSES.includes(run.status))
    return `the run is ${run.status}: ${run.totalReceived} of ${run.totalPlanned} settled`;
  const notices = await pipeline.ofRun<Notices>(runId, 'notices');
  const open = notices.find((n) => n.open > 0);
  if (open) return `notices ${open.id} are open`;
  for (const [name, { waiting }] of Object.entries(await queuesOf(stage)))
    if (waiting.length > 0) return `${waiting.length} messages lie in the queue ${name}`;
  // Last, since what lay in a queue may have reopened the run: the revision covers what its counter says.
  const outcomes = await pipeline.ofRun<Outcome>(runId, 'outcome');
  const sources = await pipeline.ofRun<Source>(runId, 'source');
  const reopened =
    outcomes.reduce((n, o) => n + o.reopened, 0) + sources.reduce((n, s) => n + (s.reopened ?? 0), 0);
  const after = await pipeline.document<Run>('runInfo', runId, runId);
  if (after?.reopened !== reopened || after.revision !== run.revision)
    return `the run has told of ${run.reopened} of ${reopened} reopenings`;
  return (await pipeline.document<ArchiveMark>('runInfo', markId(run.revision), runId))
    ? undefined
    : `revision ${run.revision} is not archived`;
}

async function queuesOf(stage: Stage): Promise<Record<string, QueueLeft>> {
  const ids = async (queue: string, of: { subQueueType?: 'deadLetter' }): Promise<string[]> =>
    (await peekAll(stage.serviceBus, queue, of)).map((m) => String(m.messageId));
  const all = Object.values(ALL_QUEUES).map(async ({ name }) => [
    name,
    { waiting: await ids(name, {}), deadLetters: await ids(name, { subQueueType: 'deadLetter' }) },
  ]);
  return Object.fromEntries(await Promise.all(all)) as Record<string, QueueLeft>;
}

export async function gather(stage: Stage): Promise<Evidence> {
  const { pipeline, runId, truths, failing, garbage } = stage;
  const run = (await pipeline.document<Run>('runInfo', runId, runId))!;
  return {
    run,
    sources: await pipeline.ofRun<Source>(runId, 'source'),
    plans: await pipeline.ofRun<Plan>(runId, 'plan'),
    outcomes: await pipeline.ofRun<Outcome>(runId, 'outcome'),
    stats: await pipeline.stats(runId),
    rows: await pipeline.ofRun<Rows>(runId, 'rows'),
    summary: await pipeline.document<Summary>('runInfo', `summary.${run.revision}`, runId),
    notices: await pipeline.ofRun<Notices>(runId, 'notices'),
    events: await pipeline.events(),
    mailSubjects: (await pipeline.mails()).map((m) => m.subject),
    marks: await pipeline.ofRun<ArchiveMark>(runId, 'archive'),
    archived: await stage.archived(),
    truths,
    failing,
    calls: (await pipeline.calls()) as CallReport,
    queues: await queuesOf(stage),
    garbage,
  };
}
