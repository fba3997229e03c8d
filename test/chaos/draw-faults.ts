/** Draws faults of GitHub, Cosmos DB, Service Bus and the sinks, all of which a run must get over. */
import type { FaultGiven } from '@github-repo-stats/local/faults/fault-schema';
import type { FaultOrdered } from '@github-repo-stats/local/github/order-schema';
import type { Dice } from './dice.ts';

/** An outage ends after its seconds; without them the faults end by their times. */
interface Drawn<F> {
  faults: F[];
  seconds?: number;
}
type Choice<F> = () => Drawn<F>;

const QUEUE_NAMES = ['resolve', 'fetch', 'write'] as const;
/** Who sends to a queue, and who takes from it. */
const SENDERS = { resolve: 'resolver', fetch: 'resolver', write: 'fetcher' } as const;
const TAKERS = { resolve: 'resolver', fetch: 'fetcher', write: 'writer' } as const;
const WHEN = ['before', 'after'] as const;

/** What GitHub is told to answer; limits are told in whole real seconds, so they are short. */
export function githubFaults(dice: Dice): FaultOrdered[] {
  const times = dice.whole(1, 5);
  return dice.oneOf<() => FaultOrdered[]>([
    () => [
      { fault: { secondaryLimit: { retryAfter: 1, status: dice.oneOf([200, 403, 429] as const) } }, times },
    ],
    () => [{ fault: { rateLimit: { resetAfter: 1 } }, times: 1 }],
    () => [{ fault: { status: dice.oneOf([500, 502, 503]) }, times }],
    () => [{ fault: dice.oneOf(['reset', 'cut-body', 'not-json', 'empty'] as const), times }],
    () => [
      { fault: dice.oneOf(['timeout-502', 'timeout-json', 'timeout-504', 'timeout-200'] as const), times },
    ],
    () => [{ fault: 'hang', times: 1 }],
    () => [{ fault: { delay: dice.seconds(0.1, 0.4) }, times }],
    () => [{ fault: { nulls: { share: 0.2 } }, kind: 'stats', times: 1 }],
    () => [{ fault: { resourceLimits: { share: 0.2 } }, kind: 'stats', times: 1 }],
  ])();
}

/** Places between two effects, by what an app asks of Cosmos DB there. */
const CRASH_POINTS = [
  { kill: 'writer', operation: 'create', container: 'repo-stats', upTo: 150 },
  { kill: 'writer', operation: 'create', container: 'run-info', id: 'outcome.*', upTo: 20 },
  { kill: 'resolver', operation: 'create', container: 'run-info', id: 'plan.*', upTo: 8 },
  { kill: 'fetcher', operation: 'replace', container: 'pace', upTo: 20 },
  { kill: 'resolver', operation: 'replace', container: 'pace', upTo: 8 },
  { kill: 'reporter', operation: 'create', container: 'run-info', id: 'notices.*', upTo: 2 },
  { kill: 'reporter', operation: 'replace', container: 'run-info', id: 'notices.*', upTo: 5 },
  { kill: 'scheduler', operation: 'create', container: 'run-info', upTo: 4 },
] as const;

/** The same of the archiver. */
const ARCHIVER_CRASH_POINTS = [
  { operation: 'read', container: 'repo-stats', upTo: 150 },
  { operation: 'create', container: 'run-info', id: 'archive.*', upTo: 1 },
] as const;

export function archiverCrash(dice: Dice): FaultGiven<'cosmos'> {
  const { upTo, ...where } = dice.oneOf(ARCHIVER_CRASH_POINTS);
  return {
    fault: { kill: 'archiver', when: dice.oneOf(WHEN) },
    ...where,
    nth: dice.whole(1, upTo + 1),
  };
}

export function cosmosFaults(dice: Dice): Drawn<FaultGiven<'cosmos'>> {
  const container = dice.oneOf(['repo-stats', 'run-info', 'pace', undefined] as const);
  const of = container === undefined ? {} : { container };
  const seed = dice.whole(1, 1000);
  const times = dice.whole(1, 6);
  const retryAfterMs = dice.whole(10, 500);
  const at = dice.oneOf(CRASH_POINTS);
  const { kill, upTo, ...where } = at;
  return dice.oneOf<Choice<FaultGiven<'cosmos'>>>([
    () => ({
      faults: [{ fault: { status: 429, retryAfterMs }, ...of, rate: dice.oneOf([0.2, 0.5, 1]), seed }],
      seconds: dice.seconds(0.5, 3),
    }),
    () => ({ faults: [{ fault: { status: 429, retryAfterMs }, ...of, times: dice.whole(5, 60) }] }),
    () => ({
      faults: [{ fault: { status: 503 }, ...of, rate: dice.oneOf([0.3, 1]), seed }],
      seconds: dice.seconds(0.5, 4),
    }),
    () => ({ faults: [{ fault: { status: dice.oneOf([408, 449] as const) }, ...of, times }] }),
    () => ({ faults: [{ fault: { reset: 'connection', when: dice.oneOf(WHEN) }, ...of, times }] }),
    () => ({ faults: [{ fault: { delayMs: dice.whole(50, 1500) }, ...of, times }] }),
    () => ({ faults: [{ fault: { kill, when: dice.oneOf(WHEN) }, ...where, nth: dice.whole(1, upTo + 1) }] }),
    () => ({ faults: [{ fault: { kill, when: dice.oneOf(WHEN) }, ...where, nth: dice.whole(1, upTo + 1) }] }),
  ])();
}

export function serviceBusFaults(dice: Dice): Drawn<FaultGiven<'service-bus'>> {
  const queue = dice.oneOf(QUEUE_NAMES);
  const times = dice.whole(1, 6);
  const nth = dice.whole(1, 8);
  return dice.oneOf<Choice<FaultGiven<'service-bus'>>>([
    () => ({ faults: [{ operation: 'cut', ...(dice.often(0.5) && { queue }) }] }),
    () => ({
      faults: [{ operation: 'send', fault: 'refuse', queue, rate: 1 }],
      seconds: dice.seconds(0.3, 3),
    }),
    () => ({ faults: [{ operation: 'send', fault: { lateMs: dice.whole(100, 4000) }, queue, times }] }),
    () => ({
      faults: [
        {
          operation: 'send',
          fault: { reset: 'connection', when: dice.oneOf(WHEN) },
          queue,
          times: dice.whole(1, 3),
        },
      ],
    }),
    () => ({
      faults: [{ operation: 'send', fault: { kill: SENDERS[queue], when: dice.oneOf(WHEN) }, queue, nth }],
    }),
    () => ({
      faults: [{ operation: 'deliver', fault: { lockLostAfterMs: dice.whole(0, 150) }, queue, times }],
    }),
    () => ({ faults: [{ operation: 'deliver', fault: { kill: TAKERS[queue] }, queue, nth }] }),
    () => ({
      faults: [{ operation: 'settle', fault: { reset: 'connection', when: dice.oneOf(WHEN) }, queue, times }],
    }),
    () => ({
      faults: [{ operation: 'settle', fault: { kill: TAKERS[queue], when: dice.oneOf(WHEN) }, queue, nth }],
    }),
  ])();
}

/** Few, since the pauses between two tries at a notice double. */
export function sinkFaults(dice: Dice): Drawn<FaultGiven<'sinks'>> {
  const sink = dice.oneOf(['event-grid', 'send-grid'] as const);
  const times = dice.whole(1, 3);
  return dice.oneOf<Choice<FaultGiven<'sinks'>>>([
    () => ({ faults: [{ fault: { status: dice.oneOf([429, 500, 503]) }, sink, times }] }),
    () => ({ faults: [{ fault: { reset: 'connection', when: dice.oneOf(WHEN) }, sink, times }] }),
    () => ({ faults: [{ fault: { kill: 'reporter', when: dice.oneOf(WHEN) }, sink }] }),
    () => ({ faults: [{ fault: { status: 503 }, sink, rate: 1 }], seconds: dice.seconds(1, 8) }),
  ])();
}
