/** The gate before GitHub: one call of a kind at a time per credential, across all instances, and none while GitHub says wait. */
import { randomUUID } from 'node:crypto';
import type { Grant, Learned, Pace } from '../documents.ts';
import type { Stored } from '../run-info.ts';
import type { GithubReply } from './reply.ts';

export type CallKind = 'stats' | 'listing';

/** Reads and conditionally writes the pace document of a credential. */
export interface PaceStore {
  read(id: string): Promise<Stored<Pace> | undefined>;
  create(pace: Pace): Promise<boolean>;
  replace(pace: Pace, etag: string): Promise<string | undefined>;
}

/** Times in milliseconds; `monotonic` never jumps. Injected so that tests decide what passes. */
export interface GateClock {
  now(): number;
  monotonic(): number;
  sleep(ms: number): Promise<void>;
}

/**
 * Sent, with GitHub's last answer and the number of calls that it took; not sent, to be tried again after `waitMs`; or not
 * sent, because GitHub refused this credential lately.
 */
export type GateResult =
  | { kind: 'sent'; reply: GithubReply; calls: number }
  | { kind: 'wait'; waitMs: number; reason: string; learned?: Learned }
  | { kind: 'refused'; until: string };
type NotSent = Exclude<GateResult, { kind: 'sent' }>;

/** Makes the call, at once: the right to it lasts a second. @param pace what was learned by all instances so far. */
export type Send = (signal: AbortSignal, pace: Readonly<Pace>) => Promise<GithubReply>;

type Learning = Partial<Pick<Pace, 'learned' | 'listingSeconds' | 'dryRuns'>>;

export interface CallOptions {
  /** Told when a call waits in place, for at most so many ms, for a grant that somebody else holds or held when it died. */
  onWatch?: (waitMs: number) => void;
  /** What an answer teaches: fields of the pace document to change, kept with the next grant. */
  learn?: (pace: Readonly<Pace>, reply: GithubReply) => Learning;
}

/** A grant is used within this time or dropped. */
const SEND_WITHIN_MS = 1_000;
/** A call ends this long after its grant, answered or not. */
const CALL_TIMEOUT_MS = 15_000;
/** A foreign grant that did not change for so long can have no call in flight: 1 s + 15 s and room for the network. */
const FOREIGN_GRANT_MS = 20_000;
/** After so long without a call the grant is given back, so that another instance need not wait. */
const IDLE_RELEASE_MS = 2_000;
const MAX_CONFLICTS = 20;
/** Waits up to this long are slept here, under the session lock; longer ones are the caller's. */
const SHORT_WAIT_MS = 5_000;
/** A refusal is believed when it comes twice, so long apart. */
const REFUSED_AGAIN_MS = 1_000;
/** So long a refused credential is left alone before it is tried again. */
const REFUSED_MS = 600_000;

/**
 * One per process and credential. State per kind: none → held (our grant stands in the document, a call may be in
 * flight) → released (given back after idle time or at the end) → held … A foreign grant is observed until it stayed
 * unchanged for FOREIGN_GRANT_MS of our own monotonic clock. Residual risk: a process frozen between its last check
 * and the write to the socket may send late.
 */
export class CallGate {
  readonly #id: string;
  readonly #holder = randomUUID();
  readonly #store: PaceStore;
  readonly #clock: GateClock;
  readonly #scale: number;
  #known: Stored<Pace> | undefined;
  /** The limit that GitHub announced to this very process: obeyed even when the document cannot be written. */
  #limited: { until: number; reason: string } | undefined;
  #refusedUntil = 0;
  readonly #turn = new Map<CallKind, Promise<unknown>>();
  readonly #observed = new Map<CallKind, { grantId: string; since: number }>();
  readonly #idle = new Map<CallKind, NodeJS.Timeout>();
  /** The last grant that was used: the only one that may be given back. */
  readonly #used = new Map<CallKind, string>();

  constructor(options: { id: string; store: PaceStore; clock: GateClock; scale: number }) {
    this.#id = options.id;
    this.#store = options.store;
    this.#clock = options.clock;
    this.#scale = options.scale;
  }

  /** Makes one call when its turn and its grant have come; calls of one kind in this process never overlap. */
  call(kind: CallKind, send: Send, options: CallOptions = {}): Promise<GateResult> {
    const previous = this.#turn.get(kind) ?? Promise.resolve();
    const mine = previous.then(
      () => this.#callInTurn(kind, send, options),
      () => this.#callInTurn(kind, send, options),
    );
    this.#turn.set(kind, mine);
    return mine;
  }

  /** Gives the grants back in good order: at the end of the process, after the last call has ended. */
  async release(): Promise<void> {
    for (const timer of this.#idle.values()) clearTimeout(timer);
    await Promise.allSettled(this.#turn.values());
    await Promise.all([this.#release('stats'), this.#release('listing')]);
  }

  async #callInTurn(kind: CallKind, send: Send, options: CallOptions): Promise<GateResult> {
    const first = await this.#callSoon(kind, send, options);
    if (!isRefused(first)) return first;
    // GitHub is known to refuse a good token now and then, and a new one in its first seconds.
    await this.#clock.sleep(REFUSED_AGAIN_MS * this.#scale);
    const second = await this.#callSoon(kind, send, options);
    if (second.kind !== 'sent') return second;
    if (isRefused(second)) await this.#refuse().catch(() => undefined);
    return { ...second, calls: 2 };
  }

  /** Sleeps through one short wait. */
  async #callSoon(kind: CallKind, send: Send, options: CallOptions): Promise<GateResult> {
    const result = await this.#callNow(kind, send, options);
    if (result.kind !== 'wait' || result.waitMs > SHORT_WAIT_MS * this.#scale) return result;
    await this.#clock.sleep(result.waitMs);
    return this.#callNow(kind, send, options);
  }

  async #callNow(kind: CallKind, send: Send, { onWatch, learn }: CallOptions): Promise<GateResult> {
    clearTimeout(this.#idle.get(kind));
    const granted = await this.#grant(kind, onWatch);
    if (granted.kind !== 'granted') return granted;
    const sinceGrant = this.#clock.monotonic() - granted.at;
    const signal = AbortSignal.timeout(Math.max(1, Math.round(CALL_TIMEOUT_MS * this.#scale - sinceGrant)));
    try {
      const reply = await send(signal, granted.pace);
      // What was learned is kept for others as well as it goes; the answer must not be lost for it.
      await this.#learn(reply, learn).catch(() => undefined);
      return { kind: 'sent', reply, calls: 1 };
    } finally {
      this.#used.set(kind, granted.grantId);
      const release = (): void => void this.#release(kind).catch(() => undefined);
      this.#idle.set(kind, setTimeout(release, IDLE_RELEASE_MS * this.#scale).unref());
    }
  }

  async #grant(
    kind: CallKind,
    onWatch: CallOptions['onWatch'],
  ): Promise<{ kind: 'granted'; at: number; grantId: string; pace: Pace } | NotSent> {
    if (this.#refusedUntil > this.#clock.now())
      return { kind: 'refused', until: new Date(this.#refusedUntil).toISOString() };
    const ownMs = this.#limited ? this.#limited.until - this.#clock.now() : 0;
    if (ownMs > 0) return this.#wait(ownMs, this.#limited?.reason ?? 'limit', this.#known?.document);
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
      const stored = this.#known ?? (await this.#read());
      const { document: pace } = stored;
      if (pace.refusedUntil && Date.parse(pace.refusedUntil) > this.#clock.now()) {
        this.#known = undefined;
        return { kind: 'refused', until: pace.refusedUntil };
      }
      const limitedMs = pace.notBefore ? Date.parse(pace.notBefore) - this.#clock.now() : 0;
      if (limitedMs > 0) {
        // What GitHub announced may have been learned by another instance since: the next try reads again.
        this.#known = undefined;
        return this.#wait(limitedMs, pace.reason ?? 'limit', pace);
      }
      const foreignMs = this.#foreignGrantMs(kind, pace.grants[kind]);
      if (foreignMs > 0) {
        onWatch?.(foreignMs);
        const waitMs = await this.#watchForeign(kind);
        if (waitMs > 0) return this.#wait(waitMs, 'another instance holds the grant', pace);
        continue;
      }
      // Counted from before the write: when it takes longer than that, the grant is dropped unused.
      const at = this.#clock.monotonic();
      const grant: Grant = { holder: this.#holder, grantId: randomUUID(), released: false };
      const { notBefore: _over, reason: _why, refusedUntil: _past, ...rest } = pace;
      const next: Pace = { ...rest, grants: { ...pace.grants, [kind]: grant } };
      if (!(await this.#write(next, stored.etag))) continue;
      if (this.#clock.monotonic() - at < SEND_WITHIN_MS * this.#scale)
        return { kind: 'granted', at, grantId: grant.grantId, pace: next };
    }
    return this.#wait(1_000 * this.#scale, 'the grant was contended', undefined);
  }

  #wait(waitMs: number, reason: string, pace: Pace | undefined): Extract<GateResult, { kind: 'wait' }> {
    return {
      kind: 'wait',
      waitMs: Math.ceil(waitMs),
      reason,
      ...(pace?.learned && { learned: pace.learned }),
    };
  }

  /** How long a grant of somebody else still counts, by our own clock; 0 when it is ours, given back or run out. */
  #foreignGrantMs(kind: CallKind, grant: Grant | undefined): number {
    if (!grant || grant.released || grant.holder === this.#holder) return 0;
    const seen = this.#observed.get(kind);
    if (seen?.grantId !== grant.grantId) {
      this.#observed.set(kind, { grantId: grant.grantId, since: this.#clock.monotonic() });
      return FOREIGN_GRANT_MS * this.#scale;
    }
    return Math.max(0, FOREIGN_GRANT_MS * this.#scale - (this.#clock.monotonic() - seen.since));
  }

  /** Watches a foreign grant in place, for one grant's time at most; 0 when it ended, else how long it still counts. */
  async #watchForeign(kind: CallKind): Promise<number> {
    const until = this.#clock.monotonic() + FOREIGN_GRANT_MS * this.#scale * 1.1;
    for (;;) {
      const { document } = await this.#read();
      const left = this.#foreignGrantMs(kind, document.grants[kind]);
      if (left === 0) return 0;
      if (this.#clock.monotonic() >= until) return left;
      await this.#clock.sleep(Math.min(left, 1_000 * this.#scale));
    }
  }

  /** Keeps in the document what the answer told: until when to wait, and what the caller learned from it. */
  async #learn(reply: GithubReply, learn: CallOptions['learn']): Promise<void> {
    if (reply.kind === 'limited') {
      const until = this.#clock.now() + reply.waitMs;
      // The other kind may have been told to wait longer.
      if (until > (this.#limited?.until ?? 0)) this.#limited = { until, reason: reply.limit };
      return this.#change((pace) => {
        const notBefore = new Date(until).toISOString();
        const longer = !pace.notBefore || pace.notBefore < notBefore;
        return { ...pace, ...learn?.(pace, reply), ...(longer && { notBefore, reason: reply.limit }) };
      });
    }
    if (!learn || !this.#known) return;
    const { document: pace, etag } = this.#known;
    // Written with the next grant: a write of its own would cost 10 RU for a hint.
    this.#known = { document: { ...pace, ...learn(pace, reply) }, etag };
  }

  /** Takes the credential out: no instance asks with it for a while. */
  #refuse(): Promise<void> {
    this.#refusedUntil = this.#clock.now() + REFUSED_MS * this.#scale;
    const refusedUntil = new Date(this.#refusedUntil).toISOString();
    return this.#change((pace) => ({ ...pace, refusedUntil }));
  }

  async #change(change: (pace: Pace) => Pace): Promise<void> {
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
      const { document, etag } = this.#known ?? (await this.#read());
      if (await this.#write(change(document), etag)) return;
    }
  }

  async #release(kind: CallKind): Promise<void> {
    // Fixed before anything is awaited: a call that begins meanwhile has a grant of its own, which must stay.
    const used = this.#used.get(kind);
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
      const { document: pace, etag } = this.#known ?? (await this.#read());
      const grant = pace.grants[kind];
      if (!grant || grant.grantId !== used || grant.released) return;
      const next = { ...pace, grants: { ...pace.grants, [kind]: { ...grant, released: true } } };
      if (await this.#write(next, etag)) return;
    }
  }

  async #write(pace: Pace, etag: string): Promise<boolean> {
    // After a lost or unclear write the document is read again, never assumed.
    this.#known = undefined;
    const newEtag = await this.#store.replace(pace, etag);
    if (newEtag === undefined) return false;
    this.#known = { document: pace, etag: newEtag };
    return true;
  }

  async #read(): Promise<Stored<Pace>> {
    for (;;) {
      const stored = await this.#store.read(this.#id);
      if (stored) return (this.#known = stored);
      await this.#store.create({ id: this.#id, grants: {} });
    }
  }
}

const isRefused = (result: GateResult): boolean =>
  result.kind === 'sent' && result.reply.kind === 'refused' && result.reply.reason === 'credentials';
