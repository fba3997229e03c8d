import { describe, expect, it } from 'vitest';
import type { Operation } from './charged-operations.ts';
import { PriceTables } from './price-tables.ts';

const TERM = 4 / 21;
const outcome = (created: number): Operation => ({
  container: 'run-info',
  verb: 'create',
  id: 'outcome.b-s00001-00001-1',
  type: 'outcome',
  status: 201,
  ru: 10,
  document: {
    id: 'outcome.b-s00001-00001-1',
    runId: '1',
    type: 'outcome',
    created,
    entries: { 'o/r': { state: 'created', attempt: 1 } },
  },
});

describe('other tables of charges', () => {
  it('count numbers that are indexed as two terms', () => {
    const charges = new PriceTables().charges(outcome(1));
    expect(charges['as fitted']).toBe(10);
    expect(charges['numbers and booleans of 2 terms']).toBeCloseTo(10 + TERM);
  });

  it('index everything by default, and no path that is not there', () => {
    // More: the state and attempt of an entry. Less: one term for each of nine paths that the policy names and the document lacks.
    expect(new PriceTables().charges(outcome(1))['default index']).toBeCloseTo(10 + TERM * (3 - 9));
  });

  it('charge a replace for what changed', () => {
    const tables = new PriceTables();
    tables.charges(outcome(1));
    const replaced = tables.charges({ ...outcome(2), verb: 'replace', status: 200 });
    expect(replaced['numbers and booleans of 2 terms']).toBeCloseTo(10 + 2 * TERM);
    expect(replaced['default index']).toBeCloseTo(10);
  });

  it('leave reads and what failed as they are', () => {
    const { document: _none, ...read } = { ...outcome(1), verb: 'read' as const, status: 200, ru: 1 };
    expect(new Set(Object.values(new PriceTables().charges(read)))).toEqual(new Set([1]));
    const failed = { ...outcome(1), status: 409, ru: 1.24 };
    expect(new Set(Object.values(new PriceTables().charges(failed)))).toEqual(new Set([1.24]));
  });
});
