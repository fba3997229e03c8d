/** Spends request units no faster than a budget per second: every charge that Cosmos returns, failed attempts included. */

/** What an operation is: the kinds cost differently, and each is paid by what those of its kind cost. */
export type RequestKind = 'write' | 'read' | 'query';

/** Lets an operation begin when the budget has paid for it, and learns what it really took. */
export interface RequestUnitPacer {
  /** Resolves when an operation of the usual size of its kind may begin. */
  admit(kind: RequestKind): Promise<void>;
  /** Tells the real charge of an admitted operation, in RU; unknown when no answer came: then what was paid stays paid. */
  charged(requestUnits: number | 'unknown', kind: RequestKind): void;
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

/** RU of a point read of up to 1 KB, and of a query that finds one document: https://learn.microsoft.com/azure/cosmos-db/request-units */
const READ_RU = 1;
const QUERY_RU = 3.4;

/**
 * An operation is paid before it begins: by the estimate at first, by the running mean of its kind's real charges later; what was paid
 * too little or too much is settled with the next one. Nothing is saved up while idle, since burst capacity is not ours.
 * @param budget RU per second.
 * @param estimate RU of one write until charges are known.
 */
export function paced(budget: number, estimate: number, clock: PacerClock): RequestUnitPacer {
  const msPerRu = 1000 / budget;
  let paidUntil = clock.monotonic();
  const mean: Record<RequestKind, number> = { write: estimate, read: READ_RU, query: QUERY_RU };
  let spent = 0;
  const paid: number[] = [];
  return {
    async admit(kind) {
      const now = clock.monotonic();
      paidUntil = Math.max(now, paidUntil) + mean[kind] * msPerRu;
      paid.push(mean[kind]);
      // Always later than now: the first operation after a pause is paid like any other.
      await clock.sleep(paidUntil - now);
    },
    charged(charge, kind) {
      const advance = paid.shift() ?? 0;
      const ru = charge === 'unknown' ? advance : charge;
      spent += ru;
      paidUntil += (ru - advance) * msPerRu;
      if (charge !== 'unknown') mean[kind] = 0.9 * mean[kind] + 0.1 * charge;
    },
    spent: () => spent,
  };
}
