/** Events that wait for a call: each happens just before the n-th call of a kind, counted from its order, is answered. */
import type { WorldEvent } from './order-schema.ts';
import type { CallKind } from './query-document.ts';

interface Waiting {
  readonly event: WorldEvent;
  readonly kind: CallKind;
  /** The number of the call among all calls of its kind. */
  readonly call: number;
}

/** The order in which events happen as far as it is known before: those that wait for nothing, then the others. */
export function inTurn<Event extends { readonly event: WorldEvent }>(events: readonly Event[]): Event[] {
  return events.toSorted((a, b) => Number(!!a.event.when) - Number(!!b.event.when));
}

/** Counts the calls of all tokens by kind, and keeps what waits for one that is still to come. */
export class Agenda {
  readonly #calls: Record<CallKind, number> = { listing: 0, stats: 0, other: 0 };
  #waiting: readonly Waiting[] = [];

  get waiting(): number {
    return this.#waiting.length;
  }

  /** True when the event waits; otherwise it is to happen now. */
  keep(event: WorldEvent): boolean {
    if (event.when === undefined) return false;
    const { kind, call } = event.when;
    this.#waiting = [...this.#waiting, { event, kind, call: this.#calls[kind] + call }];
    return true;
  }

  /** Counts a call, and gives up what waited for it, in the order in which it was ordered. */
  due(kind: CallKind): readonly WorldEvent[] {
    const call = (this.#calls[kind] += 1);
    const isDue = (each: Waiting) => each.kind === kind && each.call <= call;
    const due = this.#waiting.filter(isDue);
    if (due.length > 0) this.#waiting = this.#waiting.filter((each) => !isDue(each));
    return due.map(({ event }) => event);
  }
}
