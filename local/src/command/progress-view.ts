/** Shows how far a run is: bars on a terminal, a plain line every three seconds otherwise. */
import type { MultiBar, SingleBar } from 'cli-progress';
import { clock, count, duration } from './words.ts';
import type { RunState } from './run-state.ts';

export interface ProgressView {
  show(state: RunState): void;
  /** Something that happened, between the bars. */
  say(line: string): void;
  /** Takes the bars away; what was said stays. */
  end(): void;
}

const LINE_EVERY_MS = 3000;

/** Repositories per second since the first look, and seconds until the rest is written; undefined while nobody can know. */
export class Pace {
  #first: { at: number; written: number } | undefined;

  measure(
    { written, resolved, allResolved }: RunState,
    now: number,
  ): { rate: number; secondsLeft: number | undefined } {
    this.#first ??= { at: now, written };
    const seconds = (now - this.#first.at) / 1000;
    const rate = seconds > 0 ? (written - this.#first.written) / seconds : 0;
    const isKnown = allResolved && rate > 0 && written < resolved;
    return { rate, secondsLeft: isKnown ? (resolved - written) / rate : undefined };
  }
}

const waitText = ({ waiting }: RunState): string =>
  waiting.map(({ app, reason, until }) => `${app} waits until ${clock(until)}: ${reason}`).join('; ');

function plainView(write: (line: string) => void): ProgressView {
  const pace = new Pace();
  let next = 0;
  return {
    show(state) {
      const now = performance.now();
      const { rate, secondsLeft } = pace.measure(state, now);
      if (now < next) return;
      next = now + LINE_EVERY_MS;
      const parts = [
        `${clock(new Date())} resolved ${count(state.resolved)}${state.allResolved ? '' : ' so far'}`,
        `fetched ${count(state.fetched)}`,
        `written ${count(state.written)}`,
        ...(rate > 0 ? [`${count(Math.round(rate))}/s`] : []),
        ...(secondsLeft === undefined ? [] : [`${duration(secondsLeft)} left`]),
        ...(state.waiting.length > 0 ? [waitText(state)] : []),
      ];
      write(parts.join(', '));
    },
    say: write,
    end: () => undefined,
  };
}

async function barView(): Promise<ProgressView> {
  const { default: cliProgress } = await import('cli-progress');
  const bars: MultiBar = new cliProgress.MultiBar({
    format: '{stage} {bar} {value} of {shownTotal}  {note}',
    barsize: 30,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    linewrap: false,
    autopadding: true,
  });
  const add = (stage: string): SingleBar =>
    bars.create(1, 0, { stage: stage.padEnd(8), shownTotal: '?', note: '' });
  const resolved = add('resolved');
  const fetched = add('fetched');
  const written = add('written');
  const pace = new Pace();
  return {
    show(state) {
      const { rate, secondsLeft } = pace.measure(state, performance.now());
      const shownTotal = state.allResolved ? count(state.resolved) : `${count(state.resolved)}+`;
      const total = Math.max(1, state.allResolved ? state.resolved : Math.ceil(state.resolved * 1.1));
      for (const [bar, value, note] of [
        [resolved, state.resolved, state.allResolved ? 'all sources resolved' : ''],
        [fetched, state.fetched, waitText(state)],
        [
          written,
          state.written,
          `${rate > 0 ? `${count(Math.round(rate))}/s` : ''}${secondsLeft === undefined ? '' : `  ${duration(secondsLeft)} left`}`,
        ],
      ] as const) {
        bar.setTotal(total);
        bar.update(value, { shownTotal, note });
      }
    },
    say: (line) => bars.log(`${line}\n`),
    end: () => bars.stop(),
  };
}

/** Bars when stdout is a terminal. */
export async function openProgressView(): Promise<ProgressView> {
  return process.stdout.isTTY ? barView() : plainView((line) => console.log(line));
}
