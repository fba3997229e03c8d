/** The HTTP API: estimate, start, list and show runs, run again, read and store sources. */
import { createHash } from 'node:crypto';
import type { Container } from '@azure/cosmos';
import type { HttpRequest } from '@azure/functions';
import type { Run, Selection } from '@github-repo-stats/shared/documents';
import { readDocument } from '@github-repo-stats/shared/run-info';
import { contextOfWork } from '@github-repo-stats/shared/telemetry/run-trace';
import { inSpan } from '@github-repo-stats/shared/telemetry/spans';
import * as z from 'zod';
import { currentSources, selectionOf, storeSources } from './current-sources.ts';
import type { Estimated } from './estimate.ts';
import { RequestProblem, answering, bodyOf, json, parsed } from './http.ts';
import { runsSince } from './queries.ts';
import { requestRun, type RequestStore } from './request-run.ts';
import { rerun, type RerunDeps } from './rerun.ts';
import type { StartDeps } from './start-run.ts';

export interface ApiDeps {
  runInfo: Container;
  /** Sources that hold while none were stored. */
  shipped: unknown;
  start: Omit<StartDeps, 'log'> & { requests: RequestStore };
  rerun: RerunDeps;
  estimate: (selection: Selection) => Promise<Estimated>;
}

const RunRequest = z.strictObject({ sources: z.unknown().optional() });
const RerunRequest = z.strictObject({ batches: z.array(z.string().max(64)).min(1).max(1000).optional() });
const DAY = 86_400;

/** The sources that a request brings: under that name, or as they stand in sources.json. */
function sourcesIn(body: unknown): unknown {
  const bare = typeof body === 'object' && body !== null && ('fullOrgs' in body || 'individualRepos' in body);
  return bare ? body : parsed(RunRequest, body).sources;
}

/** A document as it is shown: without what Cosmos DB adds, and without digests. */
const shown = (document: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(document).filter(([key]) => !key.startsWith('_') && key !== 'requestKey'),
  );

const locationOf = (request: HttpRequest, runId: string): string =>
  `${new URL(request.url).pathname.replace(/\/runs(\/.*)?$/, '')}/runs/${runId}`;

/** Whether a run is only to be estimated: ?dryRun=true. */
function isDryRun(request: HttpRequest): boolean {
  const given = request.query.get('dryRun')?.trim().toLowerCase() ?? 'false';
  if (given !== 'true' && given !== 'false') throw new RequestProblem(400, 'dryRun is not true or false');
  return given === 'true';
}

function estimateOf(estimated: Estimated): object {
  if (estimated.kind === 'estimated') return estimated.estimate;
  if (estimated.kind === 'no-credentials')
    throw new RequestProblem(
      503,
      'GitHub cannot be asked here: set Github_Token or Github_Credentials for the scheduler, which needs them for estimates alone',
    );
  const seconds = Math.max(1, Math.ceil(estimated.waitMs / 1000));
  throw new RequestProblem(
    503,
    `GitHub cannot be asked now (${estimated.why}); try again in ${seconds} s`,
    seconds,
  );
}

async function knownRun(runInfo: Container, request: HttpRequest): Promise<Run> {
  const { runId = '' } = request.params;
  const run = /^\d{9,11}$/.test(runId) ? await readDocument<Run>(runInfo, runId, runId) : undefined;
  if (!run) throw new RequestProblem(404, `There is no run ${runId.slice(0, 40)}`);
  return run.document;
}

export const api = ({ runInfo, shipped, start, rerun: rerunDeps, estimate }: ApiDeps) => ({
  /**
   * POST runs → 202 with Location. A body {"sources": …}, or the sources themselves, collects those; header Idempotency-Key makes it safe to repeat.
   * With ?dryRun=true → 200 with the estimate of that run, and nothing is made; 503 when GitHub cannot be asked.
   */
  createRun: answering(async (request, log, link) => {
    const dryRun = isDryRun(request);
    const sources = sourcesIn(await bodyOf(request));
    const selection = selectionOf(sources ?? (await currentSources(runInfo, shipped)));
    if (dryRun) return json(200, estimateOf(await estimate(selection)));
    const key = request.headers.get('idempotency-key')?.trim();
    const digest = key ? createHash('sha256').update(key).digest('hex') : undefined;
    const runId = await requestRun(selection, digest, { ...start, log, link });
    return json(202, { runId }, { location: locationOf(request, runId) });
  }),

  /** GET runs?days=7 → newest first, without the lists of names. */
  listRuns: answering(async (request) => {
    const days = Number(request.query.get('days') ?? 7);
    if (!(days > 0 && days <= 366)) throw new RequestProblem(400, 'days is not a number from 1 to 366');
    const since = Math.floor(Date.now() / 1000 - days * DAY);
    return json(200, { runs: await runsSince(runInfo, since) });
  }),

  /** GET runs/{runId} → the run document. */
  getRun: answering(async (request) => json(200, shown(await knownRun(runInfo, request)))),

  /** POST runs/{runId}/rerun → 202. Body {"batches": [...]} runs those again, all of them; else the failed repositories and sources. */
  rerun: answering(async (request, log, link) => {
    const { batches } = parsed(RerunRequest, await bodyOf(request));
    const { id: runId } = await knownRun(runInfo, request);
    const span = {
      kind: 'server' as const,
      within: contextOfWork(runId, undefined),
      link,
      attributes: { runId },
    };
    const result = await inSpan('rerun', span, () => rerun(runId, batches, rerunDeps));
    if (result.kind === 'unknown-batches')
      throw new RequestProblem(400, `Not in run ${runId}: ${result.batchIds.slice(0, 10).join(', ')}`);
    const { sources, batches: sent, repositories } = result;
    log('info', 'rerun requested', { runId, sources, batches: sent, repositories });
    return json(
      sent + sources > 0 ? 202 : 200,
      { runId, sources, batches: sent, repositories },
      { location: locationOf(request, runId) },
    );
  }),

  /** GET sources → in the form of sources.json. */
  getSources: answering(async () => json(200, await currentSources(runInfo, shipped))),

  /** PUT sources → stored, from the next run on; 400 with every problem. */
  putSources: answering(async (request) => {
    const sources = await bodyOf(request);
    selectionOf(sources);
    await storeSources(runInfo, sources, new Date());
    return json(200, sources);
  }),
});
