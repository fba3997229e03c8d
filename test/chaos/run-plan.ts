/** Carries out a plan on a platform of its own, from its start until the run has come to rest, and says what did not hold. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  faultSchemas,
  type AnyFault,
  type FaultyComponent,
} from '@github-repo-stats/local/faults/fault-schema';
import type { LogRecord } from '@github-repo-stats/local/platform/log-record';
import { ANY_PORTS, choosePorts } from '@github-repo-stats/local/platform/ports';
import { Pipeline } from '../pipeline.ts';
import { BlobStorage } from './blob-storage.ts';
import { carryOut } from './carry-out.ts';
import { violations } from './invariants.ts';
import type { ChaosPlan } from './plan.ts';
import { gather, unrest } from './rest.ts';
import { CREDENTIALS, Stage, type Done } from './stage.ts';

export interface ChaosResult {
  /** Empty when everything held. */
  violations: string[];
  done: Done & {
    /** Steps of the plan, and those whose place the run came to. */
    steps: number;
    reached: number;
    /** Deaths by SIGKILL, whether a step or a crash point brought them. */
    kills: Record<string, number>;
    /** Faults of Cosmos DB, Service Bus and the sinks that hit. */
    faults: Record<string, number>;
    /** Refusals by GitHub, by status; `broken` are connections without an answer. */
    githubReplies: Record<string, number>;
    /** Writes that Cosmos DB refused for want of throughput, 429. */
    throttled: number;
    /** Messages that were delivered again. */
    redelivered: number;
    /** Messages that a sweep sent again. */
    resent: number;
  };
  /** From the request for the run to its rest. */
  seconds: number;
  /** Where the data of a run lies in which something did not hold. */
  folder?: string;
}

const FAULTY = Object.keys(faultSchemas) as FaultyComponent[];
/** A minute of the sweeps, in ms; scaled like every other. */
const SWEEP_MS = 60_000;
const LOOK_MS = 200;
/** Longer than a run may be quiet until what is missing is sent again, ten minutes scaled. */
const PATIENCE_MS = 240_000;

/** Never rejects for what the run did; for a platform that does not start it does. */
export async function runPlan(plan: ChaosPlan, patienceMs = PATIENCE_MS): Promise<ChaosResult> {
  const blobs = await BlobStorage.open();
  // Free, and known, so that the archiver's sweep can be rung: the platform gives ports only to apps that people call.
  const { azurite: archiverPort } = (await choosePorts(ANY_PORTS)).ports;
  const pipeline = await Pipeline.start({
    archive: true,
    extra: { archiver: { LOCAL_HTTP_PORT: String(archiverPort), Archive_Url: blobs.way.url } },
    world: {
      seed: plan.seed,
      repositories: plan.repositories,
      owners: plan.owners.map((login) => ({ login })),
    },
    settings: {
      NumberOfReposToQueryPerCall: String(plan.batch),
      Simulator_Latency: 'none',
      CosmosDB_ServerlessMode: String(plan.throughput === undefined),
      ...(plan.throughput !== undefined && { CosmosDB_ProvisionedThroughput: String(plan.throughput) }),
    },
    orders: {
      credentials: CREDENTIALS.slice(0, plan.credentials).map((name) => ({
        name,
        token: `token-of-${name}`,
      })),
    },
    durationScale: plan.durationScale,
  });
  blobs.way.leadTo(new URL(pipeline.supervisor.addresses.archiveUrl ?? ''));
  let kept = false;
  try {
    const result = await play(plan, { pipeline, blobs, archiverPort }, patienceMs);
    kept = result.violations.length > 0;
    return { ...result, ...(kept && { folder: pipeline.folder }) };
  } finally {
    await pipeline.stop(kept);
    blobs.way.close();
  }
}

interface Site {
  pipeline: Pipeline;
  blobs: BlobStorage;
  /** Where the archiver's sweep is rung. */
  archiverPort: number;
}

async function play(plan: ChaosPlan, site: Site, patienceMs: number): Promise<ChaosResult> {
  const { pipeline, blobs, archiverPort } = site;
  const trouble: string[] = [];
  pipeline.supervisor.on('gaveUp', (error) => trouble.push(error.message));
  const kills: Record<string, number> = {};
  pipeline.supervisor.on('died', ({ name, signal }) => {
    if (signal === 'SIGKILL') kills[name] = (kills[name] ?? 0) + 1;
  });
  const truth = await pipeline.truth();
  for (const { repository, failure } of plan.failing)
    await pipeline.happens({ event: 'fail', target: truth[repository % truth.length]!.repo, failure });

  const began = performance.now();
  const over = new AbortController();
  const actions: Promise<void>[] = [];
  const staged = Promise.withResolvers<Stage>();
  const waiting = new Set(plan.steps);
  const counts: Record<string, number> = {};
  pipeline.supervisor.on('log', ({ message }: LogRecord) => {
    const times = (counts[message] = (counts[message] ?? 0) + 1);
    for (const step of waiting) {
      if (step.after.entry !== message || step.after.times > times) continue;
      waiting.delete(step);
      actions.push(
        staged.promise
          .then((stage) => carryOut(step.action, stage))
          .catch(
            (error: unknown) => void trouble.push(`${step.action.do} could not be done: ${String(error)}`),
          ),
      );
    }
  });
  const sweeps = sweepOften(pipeline, archiverPort, plan.durationScale, over.signal);
  const runId = await startRun(plan, pipeline);
  const stage = new Stage(site, plan, runId, truth);
  for (const { repository, failure } of plan.failing) stage.mayFail(stage.repository(repository), failure);
  staged.resolve(stage);

  const restless = await rest(stage, actions, began + patienceMs);
  const seconds = (performance.now() - began) / 1000;
  over.abort();
  await Promise.all([sweeps, ...actions]);
  // What has not hit yet would hit whoever looks now.
  for (const component of FAULTY) await pipeline.supervisor.faults.takeBack(component);
  const broken =
    restless === undefined
      ? violations(await gather(stage))
      : [`no rest after ${Math.round(seconds)} s: ${restless}`];
  await stage.serviceBus.close();
  const reached = plan.steps.length - waiting.size;
  return {
    violations: [...trouble, ...broken],
    seconds,
    done: { ...stage.done, steps: plan.steps.length, reached, kills, ...(await seen(pipeline, blobs)) },
  };
}

/** The answer may be lost with the scheduler: the key makes sure that there is one run. */
async function startRun(plan: ChaosPlan, pipeline: Pipeline): Promise<string> {
  const sources = { fullOrgs: plan.owners.map((orgName) => ({ orgName })) };
  for (;;) {
    const response = await pipeline
      .api('runs', {
        method: 'POST',
        headers: { 'idempotency-key': `chaos-${plan.seed}` },
        body: JSON.stringify({ sources }),
      })
      .catch(() => undefined);
    if (response?.status === 202) return ((await response.json()) as { runId: string }).runId;
    if (response && response.status < 500) throw new Error(`${response.status}: ${await response.text()}`);
    await sleep(LOOK_MS);
  }
}

/** The sweeps come once a minute, which nothing scales: here they are rung by hand. */
async function sweepOften(
  pipeline: Pipeline,
  archiverPort: number,
  scale: number,
  over: AbortSignal,
): Promise<void> {
  const { scheduler, reporter } = pipeline.supervisor.ports;
  const ports = [scheduler, reporter, archiverPort];
  while (!over.aborted) {
    await sleep(SWEEP_MS * scale, undefined, { signal: over }).catch(() => undefined);
    // An app that is away is swept the next time.
    await Promise.allSettled(
      ports.map((port) =>
        fetch(`http://127.0.0.1:${port}/admin/functions/sweep`, { method: 'POST', body: '{}' }),
      ),
    );
  }
}

/** @returns undefined once it rests, with every action over; else why it does not when patience is at its end. */
async function rest(
  stage: Stage,
  actions: readonly Promise<void>[],
  until: number,
): Promise<string | undefined> {
  for (let why: string | undefined = 'it has just begun'; ;) {
    const known = actions.length;
    await Promise.all(actions);
    try {
      why = await unrest(stage);
    } catch (error) {
      why = `it cannot be looked at: ${String(error)}`;
    }
    if (why === undefined && actions.length === known) return undefined;
    if (performance.now() > until) return why ?? 'actions go on';
    await sleep(LOOK_MS);
  }
}

/** What the logs and the simulator saw of it. */
async function seen(
  pipeline: Pipeline,
  blobs: BlobStorage,
): Promise<Pick<ChaosResult['done'], 'faults' | 'githubReplies' | 'throttled' | 'redelivered' | 'resent'>> {
  const { tokens } = (await pipeline.calls()) as {
    tokens: Record<string, { replies: Record<string, number> }>;
  };
  const githubReplies: Record<string, number> = {};
  for (const { replies } of Object.values(tokens))
    for (const [reply, n] of Object.entries(replies)) githubReplies[reply] = (githubReplies[reply] ?? 0) + n;
  const total = (message: string, field: string): number =>
    pipeline.logs.filter((r) => r.message === message).reduce((n, r) => n + Number(r[field] ?? 0), 0);
  const faults: Record<string, number> = {};
  for (const { component, order, hits } of pipeline.supervisor.faults.orders) {
    const what = `${component} ${labelOf(order)}`;
    if (hits > 0) faults[what] = (faults[what] ?? 0) + hits;
  }
  for (const [fault, hits] of Object.entries(blobs.hits)) faults[`blobs ${fault}`] = hits;
  return {
    faults,
    githubReplies,
    throttled: total('batch written', 'throttled'),
    redelivered: pipeline.logs.filter((r) => r.message === 'message handled' && Number(r['delivery']) > 1)
      .length,
    resent: total('what a quiet run misses was sent again', 'messages'),
  };
}

/** `429`, `reset after`, `cut` … */
function labelOf(order: AnyFault): string {
  if (!('fault' in order)) return order.operation;
  if (typeof order.fault === 'string') return order.fault;
  const [[key, value] = ['', '']] = Object.entries(order.fault);
  if (key === 'status') return String(value);
  return 'when' in order.fault ? `${key} ${order.fault.when}` : key;
}
