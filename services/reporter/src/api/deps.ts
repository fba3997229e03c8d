/** What the handlers of the API work with. */
import type { ApiStore } from './api-store.ts';
import type { KnownRuns } from './known-runs.ts';
import type { OrderStore } from './order-store.ts';
import type { PastSummaries } from './past-summaries.ts';
import type { RowCache } from './row-cache.ts';

export interface ApiDeps {
  store: ApiStore;
  runs: KnownRuns;
  rows: RowCache;
  past: PastSummaries;
  orders: OrderStore;
  /** Whether the event of a revision waits for a person. */
  isEventHeld: (runId: string, revision: number) => Promise<boolean>;
  /** When runs begin by themselves. */
  schedule: string;
  now: () => Date;
}
