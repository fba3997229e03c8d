/** Spends request units no faster than a budget per second: every charge that Cosmos returns, failed attempts included. */

/** Lets an operation begin when the budget has paid for it, and learns what it really took. */
export interface RequestUnitPacer {
  /** Resolves when an operation of the usual size may begin. */
  admit(): Promise<void>;
  /** Tells the real charge of an admitted operation, in RU; unknown when no answer came: then what was paid stays paid. */
  charged(requestUnits: number | 'unknown'): void;
  /** All that was charged so far, in RU. */
  spent(): number;
}

export interface PacerClock {
  /** Milliseconds that never jump. */
  monotonic(): number;
  sleep(ms: number): Promise<void>;
}

/** Without a budget (serverless): operations begin at once; what Cosmos throttles is waited out by the writer. */
export function unpaced(): RequestUnitPacer {
  let spent = 0;
  return {
    admit: () => Promise.resolve(),
    charged: (ru) => void (spent += ru === 'unknown' ? 0 : ru),
    spent: () => spent,
  };
}

/**
 * An operation is paid before it begins: by the estimate at first, by the running mean of real charges later; what was paid
 * too little or too much is settled with the next one. Nothing is saved up while idle, since burst capacity is not ours.
 * @param budget RU per second.
 * @param estimate RU of one write until charges are known.
 */
export function paced(budget: number, estimate: number, clock: PacerClock): RequestUnitPacer {
  const msPerRu = 1000 / budget;
  let paidUntil = clock.monotonic();
  let mean = estimate;
  let spent = 0;
  const paid: number[] = [];
  return {
    async admit() {
      const now = clock.monotonic();
      paidUntil = Math.max(now, paidUntil) + mean * msPerRu;
      paid.push(mean);
      // Always later than now: the first operation after a pause is paid like any other.
      await clock.sleep(paidUntil - now);
    },
    charged(charge) {
      const advance = paid.shift() ?? 0;
      const ru = charge === 'unknown' ? advance : charge;
      spent += ru;
      paidUntil += (ru - advance) * msPerRu;
      mean = 0.9 * mean + 0.1 * ru;
    },
    spent: () => spent,
  };
}
