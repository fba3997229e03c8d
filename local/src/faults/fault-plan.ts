/** The faults that stand in one component: which order an operation is hit by, and how often each has hit. */
import { setTimeout as sleep } from 'node:timers/promises';
import { textHash, uniform } from '../github/hash.ts';

/** What orders of all components have in common; one without `nth` is carried out at once and never stands. */
export interface Order {
  readonly times?: number | undefined;
  readonly rate?: number | undefined;
  readonly seed?: number;
  readonly nth?: number;
}

/** An order under the number that names it, and how often it has hit. */
export interface Numbered<F> {
  readonly number: number;
  readonly order: F;
  readonly hits: number;
}

/** Whoever started the component. */
export interface FaultHost {
  hit(number: number): void;
  /** Resolves when the app is dead. */
  kill(app: string): Promise<void>;
}

interface Standing<F> {
  readonly number: number;
  readonly order: F;
  seen: number;
  hits: number;
}

const DRAW = textHash('platform-fault');

export class FaultPlan<F extends Order> {
  readonly #host: FaultHost;
  #standing: Standing<F>[] = [];
  #active = false;

  constructor(host: FaultHost) {
    this.#host = host;
  }

  /** Whether any order stands: the one thing that is looked at while there is none. */
  get active(): boolean {
    return this.#active;
  }

  /** Replaces all that stands. */
  set(orders: readonly Numbered<F>[]): void {
    const before = new Map(this.#standing.map((s) => [s.number, s]));
    this.#standing = orders.map((o) => before.get(o.number) ?? { ...o, seen: 0 });
    this.#update();
  }

  /** The order that hits an operation, which is counted by asking; the first one that fits and is due. */
  take(fits: (order: F) => boolean): F | undefined {
    if (!this.#active) return undefined;
    for (const each of this.#standing) {
      if (!fits(each.order) || !isDue(each)) continue;
      each.hits++;
      this.#host.hit(each.number);
      this.#update();
      return each.order;
    }
    return undefined;
  }

  /** Whether such an order stands; nothing is counted. */
  stands(fits: (order: F) => boolean): boolean {
    return this.#standing.some(({ order }) => fits(order));
  }

  /** Resolves when the app is dead. */
  kill(app: string): Promise<void> {
    return this.#host.kill(app);
  }

  #update(): void {
    this.#standing = this.#standing.filter((s) => !isUsedUp(s.order, s.hits));
    this.#active = this.#standing.length > 0;
  }
}

/** How often an order hits at most. */
export const isUsedUp = ({ times = 1, rate }: Order, hits: number): boolean =>
  rate === undefined && hits >= times;

function isDue(each: Standing<Order>): boolean {
  const { rate, nth = 1, seed = 1 } = each.order;
  each.seen++;
  if (each.seen < nth) return false;
  return rate === undefined || uniform(seed, DRAW, each.number, each.seen) < rate;
}

/** True when a text fits a pattern, in which `*` stands for any characters; without a pattern everything fits. */
export function fitsPattern(pattern: string | undefined, text: string | undefined): boolean {
  if (pattern === undefined) return true;
  if (text === undefined) return false;
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return text === first;
  if (!text.startsWith(first)) return false;
  const last = rest.pop()!;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

/** What becomes of a request over HTTP: a value instead of carrying it out, or its own answer; undefined when the connection is to be closed. */
export async function harmed<T>(
  plan: FaultPlan<Order>,
  fault: HttpFault,
  instead: (answer: FaultyAnswer) => T,
  carryOut: () => Promise<T>,
): Promise<T | undefined> {
  if ('status' in fault) return instead(fault);
  if ('delayMs' in fault) {
    try {
      return await carryOut();
    } finally {
      await sleep(fault.delayMs);
    }
  }
  if (fault.when === 'after') await carryOut().catch(() => undefined);
  if ('kill' in fault) await plan.kill(fault.kill);
  return undefined;
}

/** What is answered instead. */
export interface FaultyAnswer {
  status: number;
  retryAfterMs?: number | undefined;
  /** Of Cosmos DB. */
  substatus?: number | undefined;
}

/** The faults of the components that speak HTTP. */
export type HttpFault =
  | FaultyAnswer
  | { delayMs: number }
  | { reset: 'connection'; when: 'before' | 'after' }
  | { kill: string; when: 'before' | 'after' };
