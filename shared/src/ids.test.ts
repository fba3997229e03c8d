import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  NAME_WITH_OWNER,
  NODE_ID,
  batchId,
  credentialLane,
  messageId,
  noticesId,
  outcomeId,
  ownerOf,
  ownersOf,
  planId,
  planOfBatch,
  sourceDocumentId,
  sourceId,
  statsId,
  writeLane,
} from './ids.ts';

describe('the owner of a repository', () => {
  it('is what its name begins with, in lower case', () => {
    expect(ownerOf('Octokit/octokit.rb')).toBe('octokit');
  });

  it('counts once, however it is spelled', () => {
    const repos = ['Octokit/a', 'octokit/b', 'microsoft/c'].map((nameWithOwner) => ({ nameWithOwner }));
    expect(ownersOf(repos)).toEqual(['octokit', 'microsoft']);
  });
});

describe('names of documents', () => {
  it('are those that stored documents have', () => {
    expect([
      sourceId(1),
      sourceDocumentId(sourceId(1)),
      planId(sourceId(1), 3),
      batchId(sourceId(1), 3, 2),
      outcomeId(batchId(sourceId(1), 3, 2)),
      noticesId(0),
      statsId('octokit/octokit.rb', '1611127298'),
    ]).toEqual([
      's00001',
      'source.s00001',
      'plan.s00001.00003',
      'b-s00001-00003-2',
      'outcome.b-s00001-00003-2',
      'notices.0',
      'octokit.octokit.rb.1611127298',
    ]);
  });

  it('lead from every batch to its plan, beyond five digits too', () => {
    const n = fc.integer({ min: 1, max: 2_000_000 });
    fc.assert(
      fc.property(n, n, fc.integer({ min: 1, max: 100 }), (source, page, batch) => {
        const s = sourceId(source);
        expect(planOfBatch(batchId(s, page, batch))).toBe(planId(s, page));
      }),
    );
  });

  it('lead nowhere from a text that is no batch id', () => {
    const texts = ['', 'b-s00001-00003', 'b-s1-3-1', 'x b-s00001-00003-1', 'b-s00001-00003-1234'];
    expect(texts.filter((text) => planOfBatch(text) !== undefined)).toEqual([]);
  });

  it('differ for every two repositories of a run, since no owner holds a dot', () => {
    const owner = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,5}$/);
    const name = fc.stringMatching(/^[a-z0-9._-]{1,8}$/);
    fc.assert(
      fc.property(owner, name, owner, name, (o1, n1, o2, n2) => {
        const [a, b] = [`${o1}/${n1}`, `${o2}/${n2}`];
        expect(statsId(a, '1611127298') === statsId(b, '1611127298')).toBe(a === b);
      }),
      { numRuns: 500 },
    );
  });
});

describe('names on the wire', () => {
  it('name lanes and messages as logs and operators know them', () => {
    expect(credentialLane('default')).toBe('cred-default');
    expect(messageId('1611127298.b-s00001-00001-1', 2, 7)).toBe('1611127298.b-s00001-00001-1:2:7');
  });

  it('keep a batch in one write lane, and in the only one there is', () => {
    expect(writeLane('b-s00001-00001-1', 4)).toBe(writeLane('b-s00001-00001-1', 4));
    expect(writeLane('b-s00001-00001-1', 1)).toBe('write-0');
  });

  it('use every write lane', () => {
    const lanes = new Set(Array.from({ length: 100 }, (_, i) => writeLane(batchId('s00001', i + 1, 1), 4)));
    expect([...lanes].sort()).toEqual(['write-0', 'write-1', 'write-2', 'write-3']);
  });

  it('take owner/name as GitHub spells it, and nothing that could be a path or a query', () => {
    for (const name of [
      'octokit/octokit.rb',
      'a/b',
      'Enterprise_Managed/x',
      `${'o'.repeat(39)}/${'n'.repeat(100)}`,
    ])
      expect(name).toMatch(NAME_WITH_OWNER);
    for (const name of [
      'justaname',
      '/b',
      'a/',
      'a/b/c',
      '-a/b',
      'a.b/c',
      'a/b c',
      'a/b\n',
      'a/b"',
      `${'o'.repeat(40)}/n`,
    ])
      expect(name).not.toMatch(NAME_WITH_OWNER);
  });

  it('take node ids of both generations', () => {
    for (const id of ['MDEwOlJlcG9zaXRvcnkyMTU2NTQ=', 'R_kgDOABPHjQ']) expect(id).toMatch(NODE_ID);
    for (const id of ['', 'a b', '"', 'R_\n']) expect(id).not.toMatch(NODE_ID);
  });
});
