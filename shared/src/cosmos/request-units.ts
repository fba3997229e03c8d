/** Spends request units no faster than a budget per second: every charge that Cosmos returns, failed attempts included. */

/** What an operation is: the kinds cost differently, and each is reserved for by what those of its kind cost. */
export type RequestKind = 'write' | 'read' | 'query';

/** Lets an operation begin when the budget has room for it, and learns what it really took. */
export interface RequestUnitPacer {
  /** Resolves when an operation of its kind may begin, in the order of asking. */
  admit(kind: RequestKind): Promise<void>;
  /**
   * Tells the real charge of an admitted operation, in RU; unknown when no answer came: then what was reserved counts as spent.
   * @param typical false for one that was put off before it did anything (429, 449): that says nothing of what others will cost.
   */
  charged(requestUnits: number | 'unknown', kind: RequestKind, typical?: boolean): void;
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

/** Measured over any time as long as this, or longer, the budget is kept to the last unit. */
const KEPT_OVER_SECONDS = 10;
/** What may be saved up while no request can be sent, as between two batches; by so much the rest of those seconds is slower. */
const SAVED_SECONDS = 0.2;
/** After that without a request what was saved is gone: meanwhile another instance may have spent it. */
const FORGOTTEN_MS = 1000;
/** How much of a reservation is forgotten with each cheaper charge. */
const FORGET = 0.05;
/** Against the last digit of a sum. */
const ROUNDING = 1e-6;

/**
 * State: `level` RU may be spent now; negative is debt. It fills at a little less than the budget, and what is saved and what is
 * in flight together never exceed the savings. A reservation is taken when an operation begins, and settled with the real
 * charge: whenever Cosmos bills it in between, no ten seconds hold more than the budget. (An operation that costs more than all savings
 * begins alone, and one that costs more than any of its kind lately is paid for by those after it.)
 * @param budget RU per second.
 * @param estimate RU of one write until charges are known.
 */
export function paced(budget: number, estimate: number, clock: PacerClock): RequestUnitPacer {
  const savings = budget * SAVED_SECONDS;
  const ruPerMs = (budget * (1 - SAVED_SECONDS / KEPT_OVER_SECONDS)) / 1000;
  const price: Record<RequestKind, number> = { write: estimate, read: READ_RU, query: QUERY_RU };
  const reserved: Record<RequestKind, number[]> = { write: [], read: [], query: [] };
  let level = 0;
  let filledAt = clock.monotonic();
  let inFlight = 0;
  let operations = 0;
  let waiting = 0;
  let spent = 0;
  let turn = Promise.resolve();
  let settled: (() => void) | undefined;

  const fill = (): void => {
    const now = clock.monotonic();
    level = Math.min(savings - inFlight, level + (now - filledAt) * ruPerMs);
    filledAt = now;
  };
  const room = async (kind: RequestKind): Promise<void> => {
    for (;;) {
      fill();
      const needed = Math.min(price[kind], savings);
      if (level >= needed - ROUNDING) break;
      if (inFlight + needed > savings) await new Promise<void>((resolve) => (settled = resolve));
      else await clock.sleep((needed - level) / ruPerMs);
    }
    level -= price[kind];
    inFlight += price[kind];
    operations++;
    reserved[kind].push(price[kind]);
  };

  return {
    async admit(kind) {
      if (waiting === 0 && operations === 0 && clock.monotonic() - filledAt > FORGOTTEN_MS) {
        fill();
        level = Math.min(0, level);
      }
      waiting++;
      const mine = turn.then(() => room(kind)).finally(() => void waiting--);
      turn = mine.catch(() => undefined);
      await mine;
    },
    charged(charge, kind, typical = charge !== 'unknown') {
      fill();
      const held = reserved[kind].shift() ?? 0;
      const ru = charge === 'unknown' ? held : charge;
      spent += ru;
      // Exactly none when nothing is, whatever the digits of the sums.
      inFlight = --operations === 0 ? 0 : inFlight - held;
      level += held - ru;
      if (typical) price[kind] = Math.max(ru, price[kind] + FORGET * (ru - price[kind]));
      settled?.();
    },
    spent: () => spent,
  };
}
