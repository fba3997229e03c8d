/** The gate before GitHub: one call of a kind at a time per credential, across all instances, and none while GitHub says wait. */
import { randomUUID } from 'node:crypto';
import type { Grant, Learned, Pace } from '../pace.ts';
import type { Stored } from '../run-info.ts';
import { foreignGrants } from './foreign-grants.ts';
import {
  SEND_WITHIN_MS,
  CALL_TIMEOUT_MS,
  FOREIGN_GRANT_MS,
  IDLE_RELEASE_MS,
  MAX_CONFLICTS,
  MAX_LATE,
  SHORT_WAIT_MS,
  REFUSED_AGAIN_MS,
  REFUSED_MS,
  type GateClock,
} from './gate-times.ts';
import type { GithubReply } from './reply.ts';
import type { PaceStore } from './pace-store.ts';
import type { MayStart } from './timely-body.ts';

export type CallKind = 'stats' | 'listing';

/**
 * Sent, with GitHub's last answer and the number of calls that it took; not sent, to be tried again after `waitMs`; or not
 * sent, because GitHub refused this credential lately.
 */
export type GateResult =
  | { kind: 'sent'; reply: GithubReply; calls: number }
  | { kind: 'wait'; waitMs: number; reason: string; learned?: Learned }
  | { kind: 'refused'; until: string };
type NotSent = Exclude<GateResult, { kind: 'sent' }>;
/** `at`: just before it was written, by the monotonic clock. */
type Granted = { kind: 'granted'; at: number; grantId: string; pace: Pace };

/**
 * Makes the call, at once: the right to it lasts a second.
 * @param pace what was learned by all instances so far.
 * @param mayStart to be asked as late as can be before the first byte is sent; when it says no, none may be.
 */
export type Send = (signal: AbortSignal, pace: Readonly<Pace>, mayStart: MayStart) => Promise<GithubReply>;

type Learning = Partial<Pick<Pace, 'learned' | 'listingSeconds' | 'dryRuns'>>;

export interface CallOptions {
  /** Told when a call waits in place, for at most so many ms, for a grant that somebody else holds or held when it died. */
  onWatch?: (waitMs: number) => void;
  /** What an answer teaches: fields of the pace document to change, kept with the next grant. */
  learn?: (pace: Readonly<Pace>, reply: GithubReply) => Learning;
}

/**
 * One per process and credential. State per kind: none → held (our grant stands in the document, a call may be in
 * flight) → released (given back after idle time or at the end) → held … A foreign grant is observed until it stayed
 * unchanged for FOREIGN_GRANT_MS of our own monotonic clock. Residual risk: a process frozen between its last check
 * (`mayStart`, when the connection stands) and the write to the socket may send late.
 */
export class CallGate {
  readonly #id: string;
  readonly #holder = randomUUID();
  readonly #store: PaceStore;
  readonly #clock: GateClock;
  readonly #scale: number;
  #known: Stored<Pace> | undefined;
  /** What answers taught, to be kept with the next grant: a write of its own would cost 10 RU. */
  #lessons: ((pace: Pace) => Learning)[] = [];
  /** The limit that GitHub announced to this very process, by the monotonic clock: obeyed though the document cannot be written, or the wall clock jumps. */
  #limited: { until: number; reason: string } | undefined;
  #refusedUntil = -Infinity;
  readonly #turn = new Map<CallKind, Promise<unknown>>();
  readonly #foreignGrantMs: ReturnType<typeof foreignGrants<CallKind>>;
  readonly #idle = new Map<CallKind, NodeJS.Timeout>();
  /** The last grant that was used: the only one that may be given back. */
  readonly #used = new Map<CallKind, string>();

  constructor(options: { id: string; store: PaceStore; clock: GateClock; scale: number }) {
    this.#id = options.id;
    this.#store = options.store;
    this.#clock = options.clock;
    this.#scale = options.scale;
    this.#foreignGrantMs = foreignGrants(this.#holder, this.#clock, FOREIGN_GRANT_MS * this.#scale);
  }

  /** Makes one call when its turn and its grant have come; calls of one kind in this process never overlap. */
  call(kind: CallKind, send: Send, options: CallOptions = {}): Promise<GateResult> {
    const previous = this.#turn.get(kind) ?? Promise.resolve();
    const mine = previous.catch(() => undefined).then(() => this.#callInTurn(kind, send, options));
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

  async #callNow(kind: CallKind, send: Send, options: CallOptions): Promise<GateResult> {
    clearTimeout(this.#idle.get(kind));
    try {
      for (let late = 0; late < MAX_LATE; late++) {
        const result = await this.#callOnce(kind, send, options);
        if (result !== 'late') return result;
      }
      return this.#wait(1_000 * this.#scale, 'the call could not be sent in time', undefined);
    } finally {
      // Also when it could not call: the last grant must not stand for good.
      const release = (): void => void this.#release(kind).catch(() => undefined);
      this.#idle.set(kind, setTimeout(release, IDLE_RELEASE_MS * this.#scale).unref());
    }
  }

  /** `late`: the grant was over before the call could be sent, and nothing was. */
  async #callOnce(kind: CallKind, send: Send, { onWatch, learn }: CallOptions): Promise<GateResult | 'late'> {
    const first = await this.#grant(kind, onWatch);
    if (first.kind !== 'granted') return first;
    let granted = first;
    let late = false;
    const leftMs = CALL_TIMEOUT_MS * this.#scale - (this.#clock.monotonic() - first.at);
    const signal = AbortSignal.timeout(Math.max(1, Math.round(leftMs)));
    const mayStart = async (): Promise<boolean> => {
      late = true;
      // When connecting took longer than a grant lasts, another one is got while the connection stands.
      if (!this.#isInTime(granted)) granted = (await this.#renew(kind, granted)) ?? granted;
      return !(late = !this.#isInTime(granted));
    };
    try {
      const reply = await send(signal, first.pace, mayStart);
      if (late) return 'late';
      // What was learned is kept for others as well as it goes; the answer must not be lost for it.
      await this.#learn(reply, learn).catch(() => undefined);
      return { kind: 'sent', reply, calls: 1 };
    } finally {
      this.#used.set(kind, granted.grantId);
    }
  }

  async #grant(kind: CallKind, onWatch: CallOptions['onWatch']): Promise<Granted | NotSent> {
    const refusedMs = this.#refusedUntil - this.#clock.monotonic();
    if (refusedMs > 0)
      return { kind: 'refused', until: new Date(this.#clock.now() + refusedMs).toISOString() };
    const ownMs = this.#limited ? this.#limited.until - this.#clock.monotonic() : 0;
    if (ownMs > 0) return this.#wait(ownMs, this.#limited?.reason ?? 'limit', this.#known?.document);
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
      const stored = this.#known ?? (await this.#read());
      const { document: pace } = stored;
      // A process that has not asked yet may have been given a better credential of that name: it tries for itself.
      const tried = this.#used.size > 0;
      if (tried && pace.refusedUntil && Date.parse(pace.refusedUntil) > this.#clock.now()) {
        this.#known = undefined;
        return { kind: 'refused', until: pace.refusedUntil };
      }
      const limitedMs = pace.notBefore ? Date.parse(pace.notBefore) - this.#clock.now() : 0;
      if (limitedMs > 0) {
        // Another instance may have been told something else since: the next try reads again.
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
      const granted = await this.#writeGrant(kind, stored);
      if (granted && this.#isInTime(granted)) return granted;
    }
    return this.#wait(1_000 * this.#scale, 'the grant was contended', undefined);
  }

  /** Undefined when somebody else wrote meanwhile. */
  async #writeGrant(kind: CallKind, { document, etag }: Stored<Pace>): Promise<Granted | undefined> {
    // Counted from before the write: when it takes longer than that, the grant is dropped unused.
    const at = this.#clock.monotonic();
    const grant: Grant = { holder: this.#holder, grantId: randomUUID(), released: false };
    const { notBefore: _over, reason: _why, refusedUntil: _past, ...rest } = document;
    const pace: Pace = { ...rest, grants: { ...document.grants, [kind]: grant } };
    const written = await this.#write(pace, etag);
    return written && { kind: 'granted', at, grantId: grant.grantId, pace: written };
  }

  #isInTime({ at }: Granted): boolean {
    return this.#clock.monotonic() - at < SEND_WITHIN_MS * this.#scale;
  }

  /** Another grant in the place of one that still stands and was not used in time; undefined when it stands no more. */
  async #renew(kind: CallKind, { grantId }: Granted): Promise<Granted | undefined> {
    const stored = this.#known ?? (await this.#read());
    const { grants, notBefore } = stored.document;
    const limited = notBefore !== undefined && Date.parse(notBefore) > this.#clock.now();
    if (limited || grants[kind]?.grantId !== grantId) return undefined;
    return this.#writeGrant(kind, stored);
  }

  #wait(waitMs: number, reason: string, pace: Pace | undefined): Extract<GateResult, { kind: 'wait' }> {
    return {
      kind: 'wait',
      waitMs: Math.ceil(waitMs),
      reason,
      ...(pace?.learned && { learned: pace.learned }),
    };
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

  /** Keeps what the answer told: until when to wait, and what the caller learned from it. */
  async #learn(reply: GithubReply, learn: CallOptions['learn']): Promise<void> {
    if (learn) this.#lessons.push((pace) => learn(pace, reply));
    if (reply.kind !== 'limited') return;
    // The other kind may have been told to wait longer.
    const until = this.#clock.monotonic() + reply.waitMs;
    if (until > (this.#limited?.until ?? 0)) this.#limited = { until, reason: reply.limit };
    const notBefore = new Date(this.#clock.now() + reply.waitMs).toISOString();
    await this.#change((pace) =>
      pace.notBefore && pace.notBefore >= notBefore ? pace : { ...pace, notBefore, reason: reply.limit },
    );
  }

  /** Takes the credential out: no instance asks with it for a while. */
  #refuse(): Promise<void> {
    const forMs = REFUSED_MS * this.#scale;
    this.#refusedUntil = this.#clock.monotonic() + forMs;
    const refusedUntil = new Date(this.#clock.now() + forMs).toISOString();
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

  /** Writes with what was learned; undefined when somebody else wrote meanwhile, and then the lessons are kept. */
  async #write(pace: Pace, etag: string): Promise<Pace | undefined> {
    // After a lost or unclear write the document is read again, never assumed.
    this.#known = undefined;
    const lessons = this.#lessons.length;
    const document = this.#lessons.reduce((known, lesson) => ({ ...known, ...lesson(known) }), pace);
    const newEtag = await this.#store.replace(document, etag);
    if (newEtag === undefined) return undefined;
    this.#lessons.splice(0, lessons);
    this.#known = { document, etag: newEtag };
    return document;
  }

  async #read(): Promise<Stored<Pace>> {
    for (;;) {
      const stored = await this.#store.read(this.#id);
      if (stored) return (this.#known = stored);
      await this.#store.create({ id: this.#id, grants: {} });
    }
  }
}

const isRefused = (r: GateResult): boolean =>
  r.kind === 'sent' && r.reply.kind === 'refused' && r.reply.reason === 'credentials';
