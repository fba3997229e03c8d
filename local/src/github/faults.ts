/** Faults ordered for requests to come: each hits as many as it was ordered for, or a share of them for ever. */
import { textHash, uniform } from './hash.ts';
import type { CallKind } from './query-document.ts';
import * as replies from './reply.ts';
import type { Reply, TimeoutKind } from './reply.ts';

export const faultNames = [
  'reset',
  'hang',
  'cut-body',
  'not-json',
  'empty',
  'timeout-502',
  'timeout-json',
  'timeout-504',
  'timeout-500',
  'timeout-200',
  'rate-limit',
  'secondary-limit',
  'bad-credentials',
] as const;
export type FaultName = (typeof faultNames)[number];

export type Fault =
  | FaultName
  | { readonly status: number; readonly body?: string; readonly headers?: Readonly<Record<string, string>> }
  /** Answers as usual, so many real seconds later. */
  | { readonly delay: number }
  /** Times out after so many of GitHub's seconds; by the proxy unless another form is named. */
  | { readonly timeout: { readonly after: number; readonly form?: TimeoutKind } }
  /** Out of points until so many seconds from now. */
  | {
      readonly rateLimit: {
        readonly resetAfter: number;
        readonly form?: 'RATE_LIMIT' | 'RATE_LIMITED';
        /** Points that are said to be left: 0 by default, yet GitHub has been seen to refuse with a few. */
        readonly remaining?: number;
      };
    }
  /**
   * Refused; `retryAfter` in seconds is said in the header, or null to leave the header out. With `resetAfter` no points are
   * said to be left until so many seconds from now, which is then what there is to go by.
   */
  | {
      readonly secondaryLimit: {
        readonly retryAfter: number | null;
        readonly status?: 200 | 403 | 429;
        readonly resetAfter?: number;
      };
    }
  /** This share of the repositories asked for is null: with RESOURCE_LIMITS_EXCEEDED on its path, or without a word. */
  | { readonly resourceLimits: { readonly share: number } }
  | { readonly nulls: { readonly share: number } };

export interface FaultOrder {
  /** How many requests are hit; 1 by default. */
  readonly times?: number;
  /** Instead of `times`: the share of the requests that is hit, drawn for each, for ever. */
  readonly rate?: number;
  /** Only requests of this kind. */
  readonly kind?: CallKind;
  /** Only requests with this token, by its label (see call-log.ts). */
  readonly token?: string;
}

interface Ordered {
  readonly fault: Fault;
  readonly order: FaultOrder;
  /** Of those that hit a share of the requests: which of all orders it is, so that each draws for itself. */
  readonly number: number;
  left: number;
}

const RATE = textHash('fault-rate');

/** The first order that fits a request hits it. */
export class Faults {
  readonly #seed: number;
  #ordered: Ordered[] = [];
  #orders = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  next(fault: Fault, order: FaultOrder = {}): void {
    const left = order.rate === undefined ? (order.times ?? 1) : 0;
    this.#ordered.push({ fault, order, left, number: this.#orders++ });
  }

  /** How many requests are still to be hit for certain. */
  get pending(): number {
    return this.#ordered.reduce((sum, { left }) => sum + left, 0);
  }

  clear(): void {
    this.#ordered = [];
  }

  /** The fault for this request, which is used up by asking. `request` is its number, the key of what is drawn. */
  take(kind: CallKind, token: string, request: number): Fault | undefined {
    const hit = this.#ordered.find(
      ({ order, number }) =>
        (order.kind ?? kind) === kind &&
        (order.token ?? token) === token &&
        (order.rate === undefined || uniform(this.#seed, RATE, request, number) < order.rate),
    );
    if (hit === undefined) return undefined;
    if (hit.order.rate !== undefined) return hit.fault;
    hit.left -= 1;
    if (hit.left <= 0) this.#ordered = this.#ordered.filter((each) => each !== hit);
    return hit.fault;
  }
}

/** How a fault ends a request: with a reply, by breaking the connection, or with the usual answer harmed or delayed. */
export interface Harm {
  readonly cut?: true;
  /** Real seconds. */
  readonly delay?: number;
  /** This share of the repositories fails so. */
  readonly missing?: { readonly failure: 'resource-limits' | 'null'; readonly share: number };
}

export type FaultEffect =
  | {
      readonly reply: Reply;
      readonly limitedFor?: number;
      readonly exhaustedFor?: number;
      readonly remaining?: number;
      /** GitHub's seconds that it took to time out. */
      readonly seconds?: number;
    }
  | { readonly connection: 'reset' | 'hang' }
  | { readonly answer: Harm };

/**
 * The effect of a fault; `limitedFor` is for how many seconds GitHub asks the client to keep away,
 * `exhaustedFor` in how many there will be points again, and `remaining` how many points it says are left till then.
 */
export function effectOf(fault: Fault, requestId: string, now: number): FaultEffect {
  if (typeof fault === 'object') {
    if ('delay' in fault) return { answer: { delay: fault.delay } };
    if ('timeout' in fault) {
      const { after, form = 'timeout-502' } = fault.timeout;
      return { reply: replies.timeout(form, requestId, now), seconds: after };
    }
    if ('rateLimit' in fault) {
      const { resetAfter, form = 'RATE_LIMIT', remaining = 0 } = fault.rateLimit;
      return {
        reply: replies.rateLimited(form),
        limitedFor: resetAfter,
        exhaustedFor: resetAfter,
        remaining,
      };
    }
    if ('secondaryLimit' in fault) {
      const { retryAfter, status = 403, resetAfter } = fault.secondaryLimit;
      const reply = replies.secondaryLimit(status, retryAfter, requestId);
      const limitedFor = retryAfter ?? resetAfter ?? 60;
      return { reply, limitedFor, ...(resetAfter !== undefined && { exhaustedFor: resetAfter }) };
    }
    if ('resourceLimits' in fault)
      return { answer: { missing: { failure: 'resource-limits', share: fault.resourceLimits.share } } };
    if ('nulls' in fault) return { answer: { missing: { failure: 'null', share: fault.nulls.share } } };
    return { reply: { status: fault.status, headers: fault.headers ?? {}, body: fault.body ?? '' } };
  }
  switch (fault) {
    case 'reset':
    case 'hang':
      return { connection: fault };
    case 'cut-body':
      return { answer: { cut: true } };
    case 'not-json':
      return { reply: replies.notJson };
    case 'empty':
      return { reply: replies.empty };
    case 'timeout-502':
    case 'timeout-json':
    case 'timeout-504':
    case 'timeout-500':
    case 'timeout-200':
      return { reply: replies.timeout(fault, requestId, now) };
    case 'rate-limit':
      return effectOf({ rateLimit: { resetAfter: 60 } }, requestId, now);
    case 'secondary-limit':
      return effectOf({ secondaryLimit: { retryAfter: 60 } }, requestId, now);
    case 'bad-credentials':
      return { reply: replies.badCredentials };
  }
}
