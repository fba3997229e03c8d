/**
 * The request units that a container or a database may use per second: one token bucket, as there is one partition.
 *
 * State: tokens refill at the rate and never exceed one second's worth. A request is admitted while any are left and may
 * overdraw; the debt is paid by the time that follows, so a refused request is told to come back after debt / rate.
 */
export class RequestUnitBudget {
  #rate: number;
  #tokens: number;
  #refilledAt: number;
  readonly #monotonicMs: () => number;

  /** `rate` in request units per second; Infinity is never throttled. */
  constructor(rate: number, monotonicMs: () => number) {
    this.#rate = rate;
    this.#tokens = rate;
    this.#monotonicMs = monotonicMs;
    this.#refilledAt = monotonicMs();
  }

  /** Milliseconds to wait before trying again; 0 means admitted. */
  waitMs(): number {
    if (this.#rate === Infinity) return 0;
    const now = this.#monotonicMs();
    this.#tokens = Math.min(this.#rate, this.#tokens + ((now - this.#refilledAt) / 1000) * this.#rate);
    this.#refilledAt = now;
    if (this.#tokens > 0) return 0;
    return Math.max(1, Math.ceil((-this.#tokens / this.#rate) * 1000));
  }

  draw(units: number): void {
    this.#tokens -= units;
  }

  /** A new rate starts with a full second, as a replaced offer does. */
  setRate(rate: number): void {
    this.#rate = rate;
    this.#tokens = rate;
    this.#refilledAt = this.#monotonicMs();
  }
}
