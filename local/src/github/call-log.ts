/** What the clients did, per token: the numbers that tell whether they kept to GitHub's rules. */
import { createHash } from 'node:crypto';
import type { CallKind } from './query-document.ts';

/** What one kind of calls cost and took; the sum of `answeringSeconds` over `lastEndedAt - firstAt` is the time in flight. */
export interface KindCalls {
  /** Single repositories asked for, once for each time; listings ask for none. */
  repositories: number;
  /** Server time by the latency model, in seconds of GitHub's, whether or not it was waited for. */
  serverSeconds: number;
  timeouts: number;
  /** Real seconds from the arrival of each call to the leaving of its reply. */
  answeringSeconds: number;
  /** Epoch milliseconds; null before the first call began or ended. */
  firstAt: number | null;
  lastEndedAt: number | null;
}

export interface TokenCalls extends KindCalls {
  readonly calls: Record<CallKind, number>;
  readonly byKind: Record<CallKind, KindCalls>;
  readonly inFlight: Record<CallKind, number>;
  readonly maxInFlight: Record<CallKind | 'all', number>;
  /** Replies by HTTP status; `broken` are connections that ended without one. */
  readonly replies: Record<string, number>;
  points: number;
  /** Calls made before the time that a refusal had named. */
  callsWhileLimited: number;
  /** Those of them that began more than a second after that refusal had been sent. */
  callsLateWhileLimited: number;
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
  /** The reply tells the client to keep away until then (epoch milliseconds). */
  readonly limitedUntil?: number;
}

/** A call that had set out before the refusal came can be this late. */
const LATE_MS = 1000;
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

/** Per token its counts, and the limit last announced to it: since when, until when (epoch milliseconds). */
export class CallLog {
  readonly #tokens = new Map<string, TokenCalls>();
  readonly #limited = new Map<string, { readonly since: number; readonly until: number }>();

  /** Counts a call that has arrived at `now` (epoch milliseconds); the returned function ends it; it is due once. */
  begin(
    token: string,
    { kind, repositories }: { readonly kind: CallKind; readonly repositories: number },
    now: number,
  ): (end: CallEnd, now: number) => void {
    const log = this.#of(token);
    const both = [log, log.byKind[kind]];
    for (const each of both) {
      each.repositories += repositories;
      each.firstAt ??= now;
    }
    log.calls[kind] += 1;
    log.inFlight[kind] += 1;
    const { listing, stats, other } = log.inFlight;
    log.maxInFlight[kind] = Math.max(log.maxInFlight[kind], log.inFlight[kind]);
    log.maxInFlight.all = Math.max(log.maxInFlight.all, listing + stats + other);
    const limited = this.#limited.get(token);
    if (limited && now < limited.until) {
      log.callsWhileLimited += 1;
      if (now > limited.since + LATE_MS) log.callsLateWhileLimited += 1;
    }
    return ({ reply, points, seconds, timedOut, limitedUntil }, endedAt) => {
      log.inFlight[kind] -= 1;
      log.replies[reply] = (log.replies[reply] ?? 0) + 1;
      log.points += points;
      for (const each of both) {
        each.serverSeconds += seconds;
        each.answeringSeconds += (endedAt - now) / 1000;
        each.lastEndedAt = endedAt;
        if (timedOut) each.timeouts += 1;
      }
      if (limitedUntil !== undefined && reply !== 'broken') this.#announce(token, limitedUntil, endedAt);
    };
  }

  #announce(token: string, until: number, now: number): void {
    const known = this.#limited.get(token);
    const stands = known !== undefined && known.until > now;
    const since = stands ? known.since : now;
    this.#limited.set(token, { since, until: Math.max(until, known?.until ?? 0) });
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
    const nothing: KindCalls = {
      repositories: 0,
      serverSeconds: 0,
      timeouts: 0,
      answeringSeconds: 0,
      firstAt: null,
      lastEndedAt: null,
    };
    const fresh = {
      ...nothing,
      calls: { ...none },
      inFlight: { ...none },
      maxInFlight: { ...none, all: 0 },
      byKind: { listing: { ...nothing }, stats: { ...nothing }, other: { ...nothing } },
      replies: {},
      points: 0,
      callsWhileLimited: 0,
      callsLateWhileLimited: 0,
    };
    this.#tokens.set(token, fresh);
    return fresh;
  }
}
