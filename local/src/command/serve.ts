/** `serve`: the platform stays up; the schedule, the API and messages on a queue start runs. */
import { once } from 'node:events';
import { join } from 'node:path';
import type { Run } from '@github-repo-stats/shared/documents';
import { analysesOf } from './analyses-of.ts';
import type { Arguments } from './arguments.ts';
import { onInterrupt } from './interrupt.ts';
import { handOverSources } from './served-sources.ts';
import type { RunAnalyses } from './run-analyses.ts';
import { endSession, writeSession } from './session.ts';
import { prepare, sayGithub, sayPorts, shownPath, supervisorOf, type Prepared } from './start-up.ts';
import type { Supervisor } from '../platform/supervisor.ts';
import { clock } from './words.ts';

function addressText({ data, options }: Prepared, supervisor: Supervisor): string {
  const { addresses, ports } = supervisor;
  const api = `http://127.0.0.1:${ports.scheduler}/api`;
  return [
    '',
    'Ready. Ctrl-C stops it; nothing is lost.',
    `  Dashboard      http://127.0.0.1:${ports.reporter}/`,
    `  API            ${api}`,
    `    start a run        curl -X POST ${api}/runs`,
    `    runs               curl ${api}/runs`,
    `    one run            curl ${api}/runs/RUN`,
    `    run failed again   curl -X POST ${api}/runs/RUN/rerun`,
    `    sources            curl ${api}/sources`,
    `    other sources      curl -X PUT ${api}/sources -d @sources.json`,
    `  Service Bus    ${addresses.serviceBusConnection}`,
    `  Cosmos DB      ${addresses.cosmosEndpoint}`,
    `  events         curl ${addresses.eventGridUrl}/events`,
    `  mails          curl ${addresses.sendGridUrl}/mails   (files in ${shownPath(data.mail)})`,
    ...(addresses.archiveUrl === undefined ? [] : [`  archive        ${addresses.archiveUrl}   (Azurite)`]),
    ...(options.analyse ? [`  analyses       curl http://127.0.0.1:${ports.reporter}/api/analysis`] : []),
    ...(addresses.githubUrl === undefined ? [] : [`  GitHub         ${addresses.githubUrl}   (simulated)`]),
    `  logs           ${shownPath(join(data.logs, '*.log'))}`,
    ...(options.telemetry === undefined ? [] : [`  telemetry      ${shownPath(options.telemetry)}`]),
  ].join('\n');
}

/** With --out and --json every run that ends is written and printed, as start does with its one. */
async function handOut({ options }: Prepared, supervisor: Supervisor, runId: string): Promise<void> {
  if (options.out === undefined && !options.json) return;
  const [{ gatherReport }, { runJson }] = await Promise.all([
    import('./report.ts'),
    import('./stats-documents.ts'),
  ]);
  const { containers } = supervisor;
  const { resource: run } = await containers.runInfo.item(runId, runId).read<Run>();
  if (!run) return;
  await gatherReport(containers, run, options.out);
  if (options.out !== undefined)
    console.log(`The statistics of run ${runId} are in ${shownPath(options.out)}.`);
  if (options.json) console.log(runJson(run));
}

/** What is worth a line of its own while it serves: the beginning and end of runs. */
const TOLD = new Set([
  'run started',
  'run ended',
  'run is stalled',
  'run archived',
  'scheduled run skipped, another is under way',
]);
const FIELDS = ['runId', 'trigger', 'status', 'created', 'failed', 'cause', 'rows', 'bytes'] as const;

/** @returns the exit code: 0 when it was stopped by Ctrl-C, which is how it ends. @throws UserError. */
export async function serve(options: Arguments): Promise<number> {
  const prepared = await prepare(options);
  const { data, session } = prepared;
  sayGithub(prepared);
  const supervisor = supervisorOf(prepared);
  const interruption = onInterrupt(() => supervisor.killAll());
  const { signal } = interruption;
  const broken = new AbortController();
  supervisor.on('gaveUp', (error) => broken.abort(error));
  supervisor.on('died', ({ name, code, signal: by }) => {
    if (!signal.aborted)
      console.log(`${clock(new Date())} ${name} ended (${by ?? `code ${code}`}) and is started again.`);
  });
  supervisor.on('log', (record) => {
    if (!TOLD.has(record.message)) return;
    const fields = FIELDS.filter((f) => record[f] !== undefined).map((f) => `${f} ${String(record[f])}`);
    console.log(`${clock(new Date())} ${record.message}: ${fields.join(', ')}`);
    if (record.message === 'run ended')
      handOut(prepared, supervisor, String(record['runId'])).catch((error: unknown) =>
        console.error(`The run could not be handed out: ${String(error)}`),
      );
  });
  let analyses: RunAnalyses | undefined;
  try {
    // Runs that begin here belong to this world: the next start must not go on with them in another.
    writeSession(data.sessionFile, session);
    await Promise.race([supervisor.start(), once(signal, 'abort')]);
    if (!signal.aborted) {
      sayPorts(supervisor);
      await handOverSources(prepared, `http://127.0.0.1:${supervisor.ports.scheduler}/api`);
      console.log(addressText(prepared, supervisor));
      analyses = await analysesOf(prepared, supervisor, (_, text) =>
        console.log(`${clock(new Date())} ${text}`),
      );
      const over = AbortSignal.any([signal, broken.signal]);
      if (!over.aborted) await once(over, 'abort');
    }
    if (broken.signal.aborted) throw broken.signal.reason;
    return interruption.exitCode() === 130 ? 0 : (interruption.exitCode() ?? 0);
  } finally {
    await analyses?.stop();
    await forgetFinished(prepared, supervisor);
    await supervisor.stop();
    data.release();
    interruption.end();
  }
}

/** With nothing unfinished, the next start may have any options and makes a run of its own. */
async function forgetFinished({ data }: Prepared, supervisor: Supervisor): Promise<void> {
  try {
    const { findUnfinishedRun } = await import('./unfinished.ts');
    if ((await findUnfinishedRun(supervisor.containers.runInfo)) === undefined) endSession(data.sessionFile);
  } catch {
    // The note stays, and the next start looks for itself.
  }
}
