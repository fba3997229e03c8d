/** What the clients did, per token: the numbers that tell whether they kept to GitHub's rules. */
import { createHash } from 'node:crypto';
import type { CallKind } from './query-document.ts';

export interface TokenCalls {
  readonly calls: Record<CallKind, number>;
  readonly inFlight: Record<CallKind, number>;
  readonly maxInFlight: Record<CallKind | 'all', number>;
  /** Replies by HTTP status; `broken` are connections that ended without one. */
  readonly replies: Record<string, number>;
  points: number;
  /** Server time by the latency model, in seconds, whether or not it was waited for. */
  serverSeconds: number;
  timeouts: number;
  /** Calls made before the time that a refusal had named. */
  callsWhileLimited: number;
}

export interface CallReport {
  readonly calls: number;
  /** By token label. */
  readonly tokens: Readonly<Record<string, TokenCalls>>;
}

export interface CallEnd {
  readonly reply: number | 'broken';
  readonly points: number;
  readonly seconds: number;
  readonly timedOut: boolean;
}

const labels = new Map<string, string>();

/** A token is never shown: it goes by the first 12 hexadecimal digits of its SHA-256. */
export function tokenLabel(token: string): string {
  let label = labels.get(token);
  if (label === undefined) {
    label = createHash('sha256').update(token).digest('hex').slice(0, 12);
    labels.set(token, label);
  }
  return label;
}

export class CallLog {
  readonly #tokens = new Map<string, TokenCalls>();
  readonly #limitedUntil = new Map<string, number>();

  /** Counts a call that has arrived at `now` (epoch milliseconds); the returned function ends it; it is due once. */
  begin(token: string, kind: CallKind, now: number): (end: CallEnd) => void {
    const log = this.#of(token);
    log.calls[kind] += 1;
    log.inFlight[kind] += 1;
    const { listing, stats, other } = log.inFlight;
    log.maxInFlight[kind] = Math.max(log.maxInFlight[kind], log.inFlight[kind]);
    log.maxInFlight.all = Math.max(log.maxInFlight.all, listing + stats + other);
    if (now < (this.#limitedUntil.get(token) ?? 0)) log.callsWhileLimited += 1;
    return ({ reply, points, seconds, timedOut }) => {
      log.inFlight[kind] -= 1;
      log.replies[reply] = (log.replies[reply] ?? 0) + 1;
      log.points += points;
      log.serverSeconds += seconds;
      if (timedOut) log.timeouts += 1;
    };
  }

  /** The client has been told to keep away until then (epoch milliseconds). */
  limitedUntil(token: string, until: number): void {
    this.#limitedUntil.set(token, Math.max(until, this.#limitedUntil.get(token) ?? 0));
  }

  report(): CallReport {
    const tokens = Object.fromEntries(this.#tokens);
    const calls = [...this.#tokens.values()].flatMap((log) => Object.values(log.calls));
    return structuredClone({ calls: calls.reduce((sum, count) => sum + count, 0), tokens });
  }

  /** Forgets the counts; calls in flight end in the counts that they began in. */
  reset(): void {
    this.#tokens.clear();
  }

  #of(token: string): TokenCalls {
    const known = this.#tokens.get(token);
    if (known !== undefined) return known;
    const none = { listing: 0, stats: 0, other: 0 };
    const fresh = {
      calls: { ...none },
      inFlight: { ...none },
      maxInFlight: { ...none, all: 0 },
      replies: {},
      points: 0,
      serverSeconds: 0,
      timeouts: 0,
      callsWhileLimited: 0,
    };
    this.#tokens.set(token, fresh);
    return fresh;
  }
}
