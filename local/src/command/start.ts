/** `start`: makes one run, or finishes the unfinished one, shows it, prints the report and ends. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Run } from '@github-repo-stats/shared/documents';
import { analysesOf } from './analyses-of.ts';
import { doOneTask } from './do-one-task.ts';
import { aborted } from './interrupt.ts';
import { requestRun } from './request-run.ts';
import { endSession, writeSession } from './session.ts';
import { prepare, sayGithub, shownPath, supervisorOf, type Prepared } from './start-up.ts';
import type { Arguments } from './arguments.ts';
import type { RunAnalyses } from './run-analyses.ts';
import type { Supervisor } from '../platform/supervisor.ts';

/** The run to watch: the one that a crash interrupted, one that is under way, or a new one. */
async function runToWatch(prepared: Prepared, supervisor: Supervisor, signal: AbortSignal): Promise<string> {
  const { data, session, sources } = prepared;
  const api = `http://127.0.0.1:${supervisor.ports.scheduler}`;
  if (session.idempotencyKey === undefined) {
    const { findUnfinishedRun } = await import('./unfinished.ts');
    const unfinished = await findUnfinishedRun(supervisor.containers.runInfo);
    if (unfinished !== undefined) {
      writeSession(data.sessionFile, session);
      console.log(`Run ${unfinished} is unfinished: going on with it.`);
      return unfinished;
    }
  }
  const idempotencyKey = session.idempotencyKey ?? randomUUID();
  writeSession(data.sessionFile, { ...session, idempotencyKey });
  const runId = await requestRun(api, sources.value, idempotencyKey, signal);
  console.log(
    session.idempotencyKey === undefined
      ? `Run ${runId} started.`
      : `Run ${runId} was interrupted: going on with it.`,
  );
  return runId;
}

function closingText({ data, options }: Prepared, run: Run): string {
  const retry = run.totalFailedCount > 0 || run.failedSources.length > 0;
  return [
    '',
    'Where it lies',
    ...(options.out === undefined ? [] : [`  statistics  ${shownPath(options.out)}`]),
    `  data        ${shownPath(data.path)}`,
    `  mails       ${shownPath(data.mail)}`,
    `  events      ${shownPath(join(data.eventGrid, 'events.ndjson'))}`,
    `  logs        ${shownPath(data.logs)}`,
    ...(options.archive ? [`  archive     ${shownPath(data.azurite)}`] : []),
    ...(options.analyse
      ? ['  analysis    in the archive, under analysis/; on the dashboard, under Analysis']
      : []),
    ...(options.telemetry === undefined ? [] : [`  telemetry   ${shownPath(options.telemetry)}`]),
    '',
    'What next',
    ...(options.out === undefined
      ? ['  npm start -- --out stats.csv    the statistics of the next run as a file']
      : []),
    '  npm run serve                   keep it running: its dashboard, and a run every six hours or on demand',
    ...(retry
      ? [`  then: curl -X POST http://127.0.0.1:7071/api/runs/${run.id}/rerun   run what failed again`]
      : []),
    '  edit sources.json               collect what you look after',
  ].join('\n');
}

interface Analysing {
  /** Undefined when none were asked for. */
  analyses: RunAnalyses | undefined;
  told: { runId: string; text: string }[];
}

/** Waits for what is analysed of this run, and of those before that were missed; text for people. */
async function analysedTexts(
  run: Run,
  { analyses, told }: Analysing,
  signal: AbortSignal,
): Promise<string[]> {
  if (!analyses) return [];
  analyses.look();
  await Promise.race([analyses.idle(), aborted(signal)]);
  const isTold = told.some(({ runId }) => runId === run.id);
  const notYet = 'Not analysed yet; npm run serve -- --archive --analyse does it.';
  return [...told.map(({ text }) => text), ...(isTold ? [] : [notYet])];
}

/** @returns the exit code. @throws UserError for what the user can put right. */
export async function start(options: Arguments): Promise<number> {
  const prepared = await prepare(options);
  sayGithub(prepared);
  // One run is made here: an occurrence of the schedule meanwhile would make a second.
  const supervisor = supervisorOf(prepared, { scheduler: { 'AzureWebJobs.schedule.Disabled': 'true' } });
  const makeRun = async (signal: AbortSignal, analysing: Analysing): Promise<number> => {
    const { containers } = supervisor;
    const runId = await runToWatch(prepared, supervisor, signal);
    const { watchRun } = await import('./watch.ts');
    const run = await watchRun(supervisor, containers.runInfo, runId, signal);
    const { gatherReport, reportText } = await import('./report.ts');
    const report = await gatherReport(containers, run, options.out);
    const archived = options.archive
      ? [await (await import('./archived.ts')).archivedText(containers.runInfo, run, signal)]
      : [];
    endSession(prepared.data.sessionFile);
    console.log(['', reportText(report), ...archived].join('\n'));
    const analysed = await analysedTexts(run, analysing, signal);
    console.log([...analysed, closingText(prepared, run)].join('\n'));
    if (options.json) console.log((await import('./stats-documents.ts')).runJson(run));
    return run.status === 'completed' ? 0 : 1;
  };
  const task = async (signal: AbortSignal): Promise<number> => {
    const told: Analysing['told'] = [];
    const analyses = await analysesOf(prepared, supervisor, (runId, text) => told.push({ runId, text }));
    try {
      return await makeRun(signal, { analyses, told });
    } finally {
      await analyses?.stop();
    }
  };
  const stopped = 'Stopped. Nothing is lost: the next start goes on with an unfinished run.';
  return doOneTask(prepared, supervisor, task, stopped);
}
