/** Draws a plan from a seed: the same seed and size, the same plan. */
import type { QueueName } from '@github-repo-stats/shared/topology';
import { Dice } from './dice.ts';
import { archiverCrash, cosmosFaults, githubFaults, serviceBusFaults, sinkFaults } from './draw-faults.ts';
import { Action, APPS, ARCHIVER, BLOB_FAULTS, PROCESSES, type ChaosPlan, type Step } from './plan.ts';

const OWNERS = ['acme', 'globex', 'initech', 'umbrella'];
const QUEUE_NAMES: QueueName[] = ['resolve', 'fetch', 'write'];
const FAILURES = ['not-found', 'forbidden', 'saml', 'ip-allow-list'] as const;

/** Ten minutes of a clock, as locks and waits are scaled. */
const MOST_OFFSET = 30;

/** What the platform does that is no fault of one of its parts. */
function platformAction(dice: Dice): Action {
  const chance = dice.whole(0, 100);
  if (chance < 35) {
    const away = dice.often(0.3) ? dice.seconds(5, MOST_OFFSET) : dice.seconds(0.1, 5);
    return {
      do: 'clock',
      process: dice.often(0.3) ? 'all' : dice.oneOf(APPS),
      offsetSeconds: dice.often(0.5) ? away : -away,
      ...(dice.often(0.5) && { seconds: dice.seconds(0.5, 6) }),
    };
  }
  if (chance < 60)
    return {
      do: 'disk-full',
      component: dice.oneOf(['cosmos', 'service-bus'] as const),
      seconds: dice.seconds(0.3, 3),
    };
  if (chance < 75) return { do: 'steal-lease', seconds: dice.seconds(0.2, 5) };
  return {
    do: 'second-instance',
    process: dice.oneOf(APPS),
    ...(dice.often(0.6) && { seconds: dice.seconds(1, 8) }),
  };
}

function action(dice: Dice, repositories: number): Action {
  if (dice.often(0.25)) return platformAction(dice);
  const chance = dice.whole(0, 100);
  if (chance < 25) return { do: 'kill', process: dice.oneOf(PROCESSES) };
  if (chance < 28) return { do: 'kill-all' };
  // Past the lock of a delivery (60 s of the scaled ones), and short of it.
  if (chance < 36) return { do: 'freeze', process: dice.oneOf(PROCESSES), seconds: dice.seconds(0.1, 4.5) };
  if (chance < 50) return { do: 'github', faults: githubFaults(dice) };
  // Read as a file is, so that a plan and its file are equal.
  if (chance < 64) return Action.parse({ do: 'cosmos', ...cosmosFaults(dice) });
  if (chance < 78) return Action.parse({ do: 'service-bus', ...serviceBusFaults(dice) });
  if (chance < 82) return Action.parse({ do: 'sinks', ...sinkFaults(dice) });
  if (chance < 91)
    return {
      do: 'repeat',
      queue: dice.oneOf(QUEUE_NAMES),
      messages: dice.whole(1, 20),
      late: dice.often(0.5) ? 0 : dice.seconds(0.5, 6),
    };
  if (chance < 93) return { do: 'send-garbage', queue: dice.oneOf(QUEUE_NAMES) };
  return {
    do: 'world',
    event: dice.oneOf(['rename', 'delete', 'change', 'archive'] as const),
    repository: dice.whole(0, repositories),
  };
}

/** What is done to the archiver and to its storage: around the end of the run, when it has something to do. */
function archiveSteps(dice: Dice): Step[] {
  const atEnd = (): Step['after'] => ({
    entry: dice.oneOf(['run ended', 'run archived'] as const),
    times: 1,
  });
  const after = (): Step['after'] =>
    dice.often(0.8) ? atEnd() : { entry: 'batch written', times: dice.whole(1, 5) };
  const ended: Step['after'] = { entry: 'run ended', times: 1 };
  const begun: Step['after'] = { entry: 'run started', times: 1 };
  return [
    { after: begun, action: Action.parse({ do: 'cosmos', faults: [archiverCrash(dice)] }) },
    {
      after: ended,
      action: { do: 'blobs', fault: dice.oneOf(BLOB_FAULTS), seconds: dice.seconds(0.5, 4) },
    },
    { after: after(), action: { do: 'kill', process: ARCHIVER } },
    ...(dice.often(0.5)
      ? [
          {
            after: ended,
            action: { do: 'freeze', process: ARCHIVER, seconds: dice.seconds(0.5, 4.5) },
          } as const,
        ]
      : []),
    ...(dice.often(0.3)
      ? [{ after: after(), action: { do: 'second-instance', process: ARCHIVER } } as const]
      : []),
  ];
}

export function drawPlan(seed: number, repositories: number): ChaosPlan {
  const dice = new Dice(seed);
  const credentials = dice.often(0.4) ? 2 : 1;
  const batch = dice.oneOf([5, 10, 20, 40]);
  const batches = Math.ceil(repositories / batch);
  const places: Step['after']['entry'][] = ['page planned', 'batch fetched', 'batch written'];
  const after = (): Step['after'] => {
    const entry = dice.oneOf(places);
    const most = entry === 'page planned' ? Math.ceil(repositories / 100) : Math.ceil(batches * 0.8);
    return { entry, times: dice.whole(1, most + 1) };
  };
  const steps: Step[] = Array.from({ length: dice.whole(12, 26) }, () => ({
    after: after(),
    action: action(dice, repositories),
  }));
  if (credentials === 2 && dice.often(0.5)) steps.push({ after: after(), action: { do: 'revoke' } });
  if (dice.often(0.5))
    steps.push({
      after: { entry: 'run started', times: 1 },
      action: { do: 'kill', process: dice.oneOf(['scheduler', 'resolver', 'reporter'] as const) },
    });
  if (dice.often(0.4))
    steps.push({ after: { entry: 'run ended', times: 1 }, action: { do: 'kill', process: 'reporter' } });
  if (dice.often(0.4)) steps.push({ after: { entry: 'run ended', times: 1 }, action: { do: 'rerun' } });
  const plan: ChaosPlan = {
    seed,
    repositories,
    owners: OWNERS.slice(0, dice.whole(1, OWNERS.length + 1)),
    credentials,
    batch,
    ...(dice.often(0.4) && { throughput: dice.oneOf([1500, 3000]) }),
    durationScale: 0.05,
    failing: Array.from({ length: dice.whole(0, 6) }, () => ({
      repository: dice.whole(0, repositories),
      failure: dice.oneOf(FAILURES),
    })),
    steps,
  };
  // Drawn last: what else a seed draws was so before there was an archive.
  return { ...plan, steps: [...steps, ...archiveSteps(dice)] };
}
