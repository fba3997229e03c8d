import { describe, expect, it } from 'vitest';
import type { Operation } from './charged-operations.ts';
import { chargePart } from './charge-parts.ts';

const part = (more: Partial<Operation>) =>
  chargePart(
    { container: 'run-info', verb: 'create', id: 'x', type: '', status: 201, ru: 1, ...more },
    '1611127298',
  );

describe('what a charge belongs to', () => {
  it('is collecting, for the documents of a run and what went wrong with them', () => {
    expect(part({ type: 'outcome' })).toEqual({ what: 'run-info create outcome', isReadModel: false });
    expect(part({ container: 'repo-stats', status: 409 })).toEqual({
      what: 'repo-stats create, conflict',
      isReadModel: false,
    });
  });

  it('is a read model, for rows, summaries, records, and documents of earlier runs', () => {
    expect(part({ type: 'rows' }).isReadModel).toBe(true);
    expect(part({ verb: 'query', type: 'rows', status: 200 }).isReadModel).toBe(true);
    expect(part({ container: 'repos' }).isReadModel).toBe(true);
    const plans = { verb: 'query', type: 'plan', status: 200 } as const;
    expect(part({ ...plans, query: 'SELECT c.sourceId, c.batches FROM c' }).isReadModel).toBe(true);
    expect(part({ ...plans, query: 'SELECT SUM(c.planned) FROM c' }).isReadModel).toBe(false);
    const read = { container: 'repo-stats', verb: 'read', status: 200 } as const;
    expect(part({ ...read, id: 'o.r.1611000000' })).toEqual({
      what: 'repo-stats read of an earlier run',
      isReadModel: true,
    });
    expect(part({ ...read, id: 'o.r.1611127298' }).isReadModel).toBe(false);
  });
});
