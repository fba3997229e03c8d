/** Events that wait for a call: each happens just before the n-th call of a kind, counted from its order, is answered. */
import type { WorldEvent } from './order-schema.ts';
import type { CallKind } from './query-document.ts';

/** An event whose call has come, and the second of the world's time that was kept for it. */
export interface Due {
  readonly event: WorldEvent;
  readonly second: number;
}

interface Waiting extends Due {
  readonly kind: CallKind;
  /** The number of the call among all calls of its kind. */
  readonly call: number;
}

/** Counts the calls of all tokens by kind, and keeps what waits for one that is still to come. */
export class Agenda {
  readonly #calls: Record<CallKind, number> = { listing: 0, stats: 0, other: 0 };
  #waiting: readonly Waiting[] = [];

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Keeps an event for the call that it names, and the second of the world's time at which it is to happen. */
  keep(event: WorldEvent, { kind, call }: NonNullable<WorldEvent['when']>, second: number): void {
    this.#waiting = [...this.#waiting, { event, second, kind, call: this.#calls[kind] + call }];
  }

  /** Gives up everything that waits, as if all calls had been made. */
  rest(): readonly Due[] {
    const all = this.#waiting;
    this.#waiting = [];
    return all;
  }

  /** Counts a call, and gives up what waited for it, in the order in which it was ordered. */
  due(kind: CallKind): readonly Due[] {
    const call = (this.#calls[kind] += 1);
    const isDue = (each: Waiting) => each.kind === kind && each.call <= call;
    const due = this.#waiting.filter(isDue);
    if (due.length > 0) this.#waiting = this.#waiting.filter((each) => !isDue(each));
    return due;
  }
}
