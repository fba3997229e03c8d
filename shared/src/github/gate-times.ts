/** How long grants, calls and waits of the gate last, in ms, and how often it tries; and the clock that it goes by. */

/** Times in milliseconds; `monotonic` never jumps. Injected so that tests decide what passes. */
export interface GateClock {
  now(): number;
  monotonic(): number;
  sleep(ms: number): Promise<void>;
}

/** A grant is used within this time or dropped. */
export const SEND_WITHIN_MS = 1_000;
/** A call ends this long after its grant, answered or not. */
export const CALL_TIMEOUT_MS = 15_000;
/** A foreign grant that did not change for so long can have no call in flight: 1 s + 15 s and room for the network. */
export const FOREIGN_GRANT_MS = 20_000;
/** After so long without a call the grant is given back, so that another instance need not wait. */
export const IDLE_RELEASE_MS = 2_000;
export const MAX_CONFLICTS = 20;
/** Grants in a row that were not used in time, after which the message comes back later. */
export const MAX_LATE = 5;
/** Waits up to this long are slept here, under the session lock; longer ones are the caller's. */
export const SHORT_WAIT_MS = 5_000;
/** A refusal is believed when it comes twice, so long apart. */
export const REFUSED_AGAIN_MS = 1_000;
/** So long a refused credential is left alone before it is tried again. */
export const REFUSED_MS = 600_000;
