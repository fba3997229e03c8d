/** Faults ordered for the next requests: each is used once for each time it was ordered, in the order of ordering. */
import type { CallKind } from './query-document.ts';
import * as replies from './reply.ts';
import type { Reply } from './reply.ts';

export const faultNames = [
  'reset',
  'hang',
  'cut-body',
  'not-json',
  'empty',
  'timeout-502',
  'timeout-json',
  'timeout-504',
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
  /** Out of points until so many seconds from now. */
  | { readonly rateLimit: { readonly resetAfter: number; readonly form?: 'RATE_LIMIT' | 'RATE_LIMITED' } }
  /** Refused; `retryAfter` in seconds is said in the header, or null to leave the header out. */
  | { readonly secondaryLimit: { readonly retryAfter: number | null; readonly status?: 200 | 403 | 429 } };

export interface FaultOrder {
  /** How many requests are hit; 1 by default. */
  readonly times?: number;
  /** Only requests of this kind. */
  readonly kind?: CallKind;
  /** Only requests with this token, by its label (see call-log.ts). */
  readonly token?: string;
}

interface Ordered {
  readonly fault: Fault;
  readonly order: FaultOrder;
  left: number;
}

export class Faults {
  #ordered: Ordered[] = [];

  next(fault: Fault, order: FaultOrder = {}): void {
    this.#ordered.push({ fault, order, left: order.times ?? 1 });
  }

  /** How many requests are still to be hit. */
  get pending(): number {
    return this.#ordered.reduce((sum, { left }) => sum + left, 0);
  }

  clear(): void {
    this.#ordered = [];
  }

  /** The fault for this request, which is used up by asking. */
  take(kind: CallKind, token: string): Fault | undefined {
    const hit = this.#ordered.find(
      ({ order }) => (order.kind ?? kind) === kind && (order.token ?? token) === token,
    );
    if (hit === undefined) return undefined;
    hit.left -= 1;
    if (hit.left <= 0) this.#ordered = this.#ordered.filter((each) => each !== hit);
    return hit.fault;
  }
}

/** How a fault ends a request: with a reply, by breaking the connection, or with the usual answer harmed or delayed. */
export type FaultEffect =
  | {
      readonly reply: Reply;
      readonly limitedFor?: number;
      readonly exhaustedFor?: number;
    }
  | { readonly connection: 'reset' | 'hang' }
  | { readonly answer: { readonly cut?: true; readonly delay?: number } };

/**
 * The effect of a fault; `limitedFor` is for how many seconds GitHub asks the client to keep away,
 * `exhaustedFor` in how many there will be points again.
 */
export function effectOf(fault: Fault, requestId: string, now: number): FaultEffect {
  if (typeof fault === 'object') {
    if ('delay' in fault) return { answer: { delay: fault.delay } };
    if ('rateLimit' in fault) {
      const { resetAfter, form = 'RATE_LIMIT' } = fault.rateLimit;
      return { reply: replies.rateLimited(form), limitedFor: resetAfter, exhaustedFor: resetAfter };
    }
    if ('secondaryLimit' in fault) {
      const { retryAfter, status = 403 } = fault.secondaryLimit;
      return { reply: replies.secondaryLimit(status, retryAfter, requestId), limitedFor: retryAfter ?? 60 };
    }
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
      return { reply: replies.timeout(fault, requestId, now) };
    case 'rate-limit':
      return effectOf({ rateLimit: { resetAfter: 60 } }, requestId, now);
    case 'secondary-limit':
      return effectOf({ secondaryLimit: { retryAfter: 60 } }, requestId, now);
    case 'bad-credentials':
      return { reply: replies.badCredentials };
  }
}
