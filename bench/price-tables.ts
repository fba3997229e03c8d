/**
 * What the same requests would be charged under other assumptions of the index: no number is published for the terms of numbers and
 * booleans, and an account that was made by hand has the default policy. Only writes differ: what is read costs the same.
 */
import { writeCharge } from '@github-repo-stats/local/cosmos/charge-table';
import { compilePolicy, type CompiledPolicy } from '@github-repo-stats/local/cosmos/index-policy';
import { changedTerms, documentTerms } from '@github-repo-stats/local/cosmos/index-terms';
import type { Json, JsonObject } from '@github-repo-stats/local/cosmos/json';
import { CONTAINERS, containerDefinition, type ContainerKey } from '@github-repo-stats/shared/topology';
import type { Operation } from './charged-operations.ts';

export const TABLES = ['as fitted', 'numbers and booleans of 2 terms', 'default index'] as const;
export type Table = (typeof TABLES)[number];
export type Charges = Record<Table, number>;

const PER_TERM = writeCharge(0, 1) - writeCharge(0, 0);
const everything = compilePolicy(undefined);
const policies = new Map<string, CompiledPolicy>(
  (Object.keys(CONTAINERS) as ContainerKey[]).map((key) => {
    const { defaultName } = CONTAINERS[key];
    return [defaultName, compilePolicy(containerDefinition(key, defaultName).indexingPolicy)];
  }),
);

/** A string has two terms in the index, so a number that is spelled as one counts as two. */
function spelled(value: Json): Json {
  if (Array.isArray(value)) return value.map(spelled);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, spelled(inner!)]));
  return typeof value === 'string' ? value : `\0${JSON.stringify(value)}`;
}

/** Knows the documents that were written, since what a replace costs depends on what was there. */
export class PriceTables {
  readonly #documents = new Map<string, JsonObject>();

  /** What one operation is charged by each table. */
  charges(operation: Operation): Charges {
    const { container, ru, status, document } = operation;
    const same: Charges = { 'as fitted': ru, 'numbers and booleans of 2 terms': ru, 'default index': ru };
    const policy = policies.get(container);
    if (!policy || !document || status >= 300) return same;
    const after = document as JsonObject;
    // Runs have documents of the same ids, each in a partition of its own.
    const key = [container, operation.id, JSON.stringify(after['runId'] ?? '')].join('\0');
    const before = operation.verb === 'create' ? undefined : this.#documents.get(key);
    this.#documents.set(key, after);
    const terms = (of: CompiledPolicy, change = (value: Json): Json => value): number =>
      before
        ? changedTerms(change(before) as JsonObject, change(after) as JsonObject, of)
        : documentTerms(change(after) as JsonObject, of);
    const fitted = terms(policy);
    return {
      'as fitted': ru,
      'numbers and booleans of 2 terms': ru + PER_TERM * (terms(policy, spelled) - fitted),
      'default index': ru + PER_TERM * (terms(everything) - fitted),
    };
  }
}
