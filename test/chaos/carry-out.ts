/** Does one action of a plan; resolves when it is over, and what was broken is whole again. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultyComponent } from '@github-repo-stats/local/faults/fault-schema';
import { credentialLane } from '@github-repo-stats/shared/ids';
import type { Plan } from '@github-repo-stats/shared/documents';
import { QUEUES, type QueueName } from '@github-repo-stats/shared/topology';
import { steal } from './lease-thief.ts';
import { APPS, ARCHIVER, type Action } from './plan.ts';
import { repeat } from './repeat.ts';
import { CREDENTIALS, type Stage } from './stage.ts';

/** While the broker or an app is away a request is made again, so that the action happens all the same. */
const TRIES = 60;
const PAUSE_MS = 500;

/** @throws the last error when it cannot be done for half a minute. */
export async function carryOut(action: Action, stage: Stage): Promise<void> {
  const { pipeline, done } = stage;
  switch (action.do) {
    case 'kill':
      return kill(stage, (name) => name === action.process);
    case 'kill-all':
      return kill(stage, () => true);
    case 'freeze':
      return freeze(stage, action.process, action.seconds);
    case 'github':
      await pipeline.fails(...action.faults);
      done.githubFaultsOrdered += action.faults.reduce((n, { times = 1 }) => n + times, 0);
      return;
    case 'cosmos':
      if (action.seconds !== undefined) done.outages++;
      return orderFor(stage, action.do, action.seconds, (desk) => desk.order(action.do, action.faults));
    case 'service-bus':
      if (action.seconds !== undefined) done.outages++;
      return orderFor(stage, action.do, action.seconds, (desk) => desk.order(action.do, action.faults));
    case 'sinks':
      if (action.seconds !== undefined) done.outages++;
      return orderFor(stage, action.do, action.seconds, (desk) => desk.order(action.do, action.faults));
    case 'blobs':
      done.outages++;
      return stage.blobs.breakFor(action.fault, action.seconds);
    case 'clock':
      return moveClock(stage, action);
    case 'disk-full':
      done.disksFull++;
      return orderFor(stage, action.component, action.seconds, (desk) =>
        desk.order(action.component, [{ operation: 'disk-full' }]),
      );
    case 'steal-lease':
      done.leasesStolen += await steal(pipeline.supervisor.containers.leases, action.seconds, again);
      return;
    case 'second-instance':
      return scaleOut(stage, action.process, action.seconds);
    case 'repeat':
      done.repeated += await again(() => repeat(stage, action.queue, action.messages, action.late));
      return;
    case 'send-garbage':
      return again(() => sendGarbage(stage, action.queue));
    case 'world':
      return changeWorld(stage, action);
    case 'revoke':
      return pipeline.happens({ event: 'revoke', credential: CREDENTIALS[1] });
    case 'rerun':
      return again(() => rerun(stage));
  }
}

async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++)
    try {
      return await work();
    } catch (error) {
      if (tries === TRIES) throw error;
      await sleep(PAUSE_MS);
    }
}

/** Those that live just now; others are on their way back from an earlier death. */
function kill({ pipeline }: Stage, isMeant: (name: string) => boolean): void {
  for (const { name, pid } of pipeline.supervisor.processes()) {
    // These live on, as plan.ts says.
    if (!isMeant(name) || name === 'github' || name === 'azurite' || pid === undefined) continue;
    pipeline.supervisor.kill(name, 'SIGKILL');
  }
}

async function freeze({ pipeline, done }: Stage, name: string, seconds: number): Promise<void> {
  const pid = pipeline.supervisor.processes().find((p) => p.name === name)?.pid;
  if (pid === undefined) return;
  pipeline.supervisor.kill(name, 'SIGSTOP');
  done.freezes++;
  done.secondsFrozen += seconds;
  await sleep(seconds * 1000);
  // Another life is not frozen.
  if (pipeline.supervisor.processes().some((p) => p.name === name && p.pid === pid))
    pipeline.supervisor.kill(name, 'SIGCONT');
}

/** An app and every further instance of it, as far as they are there now. */
async function moveClock({ pipeline, done }: Stage, action: Extract<Action, { do: 'clock' }>): Promise<void> {
  const { supervisor } = pipeline;
  const apps: readonly string[] = action.process === 'all' ? [...APPS, ARCHIVER] : [action.process];
  const set = (offsetMs: number): Promise<unknown> =>
    Promise.all(
      supervisor
        .processes()
        .filter(({ name }) => apps.some((app) => name === app || name.startsWith(`${app}-`)))
        .map(({ name }) => supervisor.setClock(name, offsetMs)),
    );
  await set(action.offsetSeconds * 1000);
  done.clockJumps++;
  if (action.seconds === undefined) return;
  await sleep(action.seconds * 1000);
  await set(0);
  done.clockJumps++;
}

async function scaleOut({ pipeline, done }: Stage, app: string, seconds: number | undefined): Promise<void> {
  const name = await pipeline.supervisor.addInstance(app);
  done.secondInstances++;
  if (seconds === undefined) return;
  await sleep(seconds * 1000);
  await pipeline.supervisor.removeInstance(name);
}

type Desk = Stage['pipeline']['supervisor']['faults'];

/** The end of one outage ends whatever else was ordered of that part. */
async function orderFor(
  { pipeline }: Stage,
  component: FaultyComponent,
  seconds: number | undefined,
  order: (desk: Desk) => Promise<unknown>,
): Promise<void> {
  const { faults } = pipeline.supervisor;
  await order(faults);
  if (seconds === undefined) return;
  await sleep(seconds * 1000);
  await faults.takeBack(component);
}

async function sendGarbage(stage: Stage, queue: QueueName): Promise<void> {
  const messageId = `garbage-${stage.garbage[queue]!.length + 1}`;
  const sessionId = queue === 'write' ? 'write-0' : credentialLane(CREDENTIALS[0]!);
  await stage.serviceBus.use(async (client) => {
    const sender = client.createSender(QUEUES[queue].name);
    await sender.sendMessages({ body: { runId: 'of no run' }, sessionId, messageId });
    await sender.close();
  });
  stage.garbage[queue]!.push(messageId);
  stage.done.garbage++;
}

async function changeWorld(stage: Stage, action: Extract<Action, { do: 'world' }>): Promise<void> {
  const { pipeline, truths, done } = stage;
  const { repo, repoId } = stage.repository(action.repository);
  const now = truths.at(-1)!.find((row) => row.repoId === repoId);
  // An earlier action took it away.
  if (!now) return;
  const name = now.repo.split('/')[1] ?? repo;
  // Told before it happens: from then on both are right.
  if (action.event === 'delete') stage.mayFail(now, 'not-found');
  await pipeline.happens({
    event: action.event,
    repository: now.repo,
    ...(action.event === 'rename' && { to: `${name}-${done.worldChanges + 1}` }),
    ...(action.event === 'change' && { facts: { openIssues: now.openIssues + 1, stars: now.stars + 1 } }),
  });
  truths.push(await pipeline.truth());
  done.worldChanges++;
}

/** What failed, and besides the first ten batches. */
async function rerun({ pipeline, runId, done }: Stage): Promise<void> {
  const plans = await pipeline.ofRun<Plan>(runId, 'plan');
  const batches = plans.flatMap((plan) => plan.batches.map((batch) => batch.batchId)).slice(0, 10);
  const bodies = [...(batches.length === 0 ? [] : [JSON.stringify({ batches })]), undefined];
  for (const body of bodies) {
    const response = await pipeline.api(`runs/${runId}/rerun`, { method: 'POST', ...(body && { body }) });
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
    await response.body?.cancel();
  }
  done.reruns++;
}
