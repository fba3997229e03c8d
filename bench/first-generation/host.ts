/** What the first generation's host took beside its schedule, derived from its published run; and a host that takes nothing. */

export type StageName =
  | 'run id'
  | 'mail'
  | 'sources'
  | 'listing'
  | 'append'
  | 'query texts'
  | 'execute'
  | 'parse'
  | 'write'
  | 'totals'
  | 'run info'
  | 'event'
  | 'final mail';

/** Real seconds. */
export interface Host {
  /** Between one step and the next, and after the last. */
  perStep: number;
  /** For each new Cosmos client. */
  perClient: number;
  /** For each operation of Cosmos DB, what the server takes included. */
  perOperation: number;
  /** For a stage's own work, beside clients, operations, GitHub and sleeps. */
  ofStage(name: StageName, batches: number): number;
}

export const NO_HOST: Host = { perStep: 0, perClient: 0, perOperation: 0, ofStage: () => 0 };

/** Seconds of the stages that work by themselves. Of the run id 2.323 s were published: a client, an operation, and that they were the process's first. */
const STAGES: Partial<Record<StageName, number>> = {
  'run id': 1.17,
  sources: 0.04,
  append: 0.14,
  totals: 0.04,
};
/** Texts and answers of batches: one activity for each, five at a time. */
const OF_BATCHES: readonly StageName[] = ['query texts', 'parse'];

export const PUBLISHED_HOST: Host = {
  perStep: 0.28,
  perClient: 1.1,
  perOperation: 0.052,
  ofStage: (name, batches) => (OF_BATCHES.includes(name) ? 0.1 + 0.03 * batches : (STAGES[name] ?? 0)),
};
