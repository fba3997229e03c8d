/** Sends the requests of one document: each is paid before it begins, charged for whatever it cost, and repeated when Cosmos asks for it. */
import type { RequestKind, RequestUnitPacer } from './request-units.ts';

/** Cosmos did nothing, and asks to be asked again: there were no request units left (429), or others wrote at the same time (449). */
export interface AskAgain {
  kind: 'ask-again';
  status: 429 | 449;
  ru: number;
  retryAfterMs: number;
}

export interface RequestDeps {
  pacer: Pick<RequestUnitPacer, 'admit' | 'charged'>;
  sleep(ms: number): Promise<void>;
  /** Told of every answer 429. */
  onThrottled?: (() => void) | undefined;
  /** Milliseconds that this delivery may still wait for Cosmos; without end when left out. */
  patienceMs?: (() => number) | undefined;
}

/** Cosmos has refused requests for so long that the message had better wait in its queue than in a function that is paid for. */
export class AskedTooLong extends Error {
  /** As the SDK tells it: an outage. */
  readonly code: AskAgain['status'];
  constructor({ status, retryAfterMs }: AskAgain) {
    super(`Cosmos DB still answers ${status}, and asks to wait ${retryAfterMs} ms more`);
    this.code = status;
  }
}

export interface PaidRequests {
  /**
   * Repeats a request after the time that Cosmos asks for: a 429 is waited out and never dropped.
   * @throws AskedTooLong when this delivery has no more time for it; and what the request throws.
   */
  send<R extends { kind: string; ru: number }>(
    kind: RequestKind,
    request: () => Promise<R | AskAgain>,
  ): Promise<Exclude<R, AskAgain>>;
  /** RU that all of them were charged so far. */
  ru(): number;
}

export function paidRequests(deps: RequestDeps): PaidRequests {
  const { pacer } = deps;
  let ru = 0;
  return {
    ru: () => ru,
    async send<R extends { kind: string; ru: number }>(
      kind: RequestKind,
      request: () => Promise<R | AskAgain>,
    ) {
      for (;;) {
        await pacer.admit(kind);
        let reply: R | AskAgain;
        try {
          reply = await request();
        } catch (error) {
          pacer.charged('unknown', kind);
          throw error;
        }
        ru += reply.ru;
        if (!isAskAgain(reply)) {
          pacer.charged(reply.ru, kind);
          return reply as Exclude<R, AskAgain>;
        }
        pacer.charged(reply.ru, kind, false);
        if (reply.status === 429) deps.onThrottled?.();
        if (reply.retryAfterMs > (deps.patienceMs?.() ?? Infinity)) throw new AskedTooLong(reply);
        await deps.sleep(reply.retryAfterMs);
      }
    },
  };
}

const isAskAgain = (reply: { kind: string; ru: number } | AskAgain): reply is AskAgain =>
  reply.kind === 'ask-again';
