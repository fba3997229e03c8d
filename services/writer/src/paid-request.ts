/** Sends the requests of one document: each is paid before it begins, charged for whatever it cost, and repeated when throttled. */
import type { RequestKind, RequestUnitPacer } from './request-units.ts';

export interface Throttled {
  kind: 'throttled';
  ru: number;
  retryAfterMs: number;
}

export interface RequestDeps {
  pacer: Pick<RequestUnitPacer, 'admit' | 'charged'>;
  sleep(ms: number): Promise<void>;
  /** Told of every answer 429. */
  onThrottled?: (() => void) | undefined;
}

export interface PaidRequests {
  /** Repeats a throttled request after the time that Cosmos asks for: a 429 is waited out and never dropped. */
  send<R extends { kind: string; ru: number }>(
    kind: RequestKind,
    request: () => Promise<R | Throttled>,
  ): Promise<Exclude<R, Throttled>>;
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
      request: () => Promise<R | Throttled>,
    ) {
      for (;;) {
        await pacer.admit(kind);
        let reply: R | Throttled;
        try {
          reply = await request();
        } catch (error) {
          pacer.charged('unknown', kind);
          throw error;
        }
        pacer.charged(reply.ru, kind);
        ru += reply.ru;
        if (!isThrottled(reply)) return reply as Exclude<R, Throttled>;
        deps.onThrottled?.();
        await deps.sleep(reply.retryAfterMs);
      }
    },
  };
}

const isThrottled = (reply: { kind: string }): reply is Throttled => reply.kind === 'throttled';
