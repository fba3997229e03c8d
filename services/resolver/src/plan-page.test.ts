import fc from 'fast-check';
import { Plan } from '@github-repo-stats/shared/documents';
import { planOfBatch } from '@github-repo-stats/shared/ids';
import { FetchBatch, ResolveSource } from '@github-repo-stats/shared/messages';
import { describe, expect, it } from 'vitest';
import { batchesOf, nextPageOf, planPage } from './plan-page.ts';

const message: ResolveSource = { runId: '1611127298', sourceId: 's00001', page: 3, attempt: 2, wait: 4 };
const cost = { calls: 1, points: 1, seconds: 0.25 };
const repo = (i: number) => ({ nameWithOwner: `o/r${i}`, id: `R_${i}` });
const namesOf = (plan: Plan): string[] => plan.batches.flatMap((b) => b.repos.map((r) => r.nameWithOwner));

describe('the plan of a page', () => {
  it('loses no name, doubles none, keeps their order and fills its batches', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(120), { maxLength: 100 }),
        fc.integer({ min: 1, max: 100 }),
        (numbers, batchSize) => {
          const plan = planPage(message, { repos: numbers.map(repo), next: undefined, cost }, batchSize);
          const expected = [...new Set(numbers.map((n) => repo(n).nameWithOwner))];
          expect(namesOf(plan)).toEqual(expected);
          expect(plan.planned).toBe(expected.length);
          for (const batch of plan.batches.slice(0, -1)) expect(batch.repos).toHaveLength(batchSize);
          for (const batch of plan.batches) expect(planOfBatch(batch.batchId)).toBe(plan.id);
          expect(new Set(plan.batches.map((b) => b.batchId)).size).toBe(plan.batches.length);
          expect(Plan.parse(plan)).toEqual(plan);
        },
      ),
    );
  });

  it('is the last one when there is no next page', () => {
    const plan = planPage(message, { repos: [repo(1)], next: undefined, cost }, 65);
    expect(plan).toMatchObject({ last: true, lastCount: 1, page: 3, calls: 1, points: 1, seconds: 0.25 });
    expect(plan).not.toHaveProperty('endCursor');
    expect(nextPageOf(plan)).toBeUndefined();
  });

  it('leads to the next page, whose message counts attempts and waits anew', () => {
    const plan = planPage(message, { repos: [repo(1)], next: 'c', cost }, 65);
    expect(plan).toMatchObject({ last: false, lastCount: 0, endCursor: 'c' });
    const next = nextPageOf(plan);
    expect(next).toEqual({
      runId: '1611127298',
      sourceId: 's00001',
      page: 4,
      cursor: 'c',
      attempt: 1,
      wait: 0,
    });
    expect(ResolveSource.parse(next)).toEqual(next);
  });

  it('may hold no batch at all, when everything is excluded', () => {
    const plan = planPage(message, { repos: [], next: undefined, cost }, 65);
    expect(plan).toMatchObject({ batches: [], planned: 0, lastCount: 1 });
    expect(batchesOf(plan)).toEqual([]);
  });

  it('becomes one message per batch, each a first attempt', () => {
    const plan = planPage(message, { repos: [repo(1), repo(2), repo(3)], next: undefined, cost }, 2);
    const messages = batchesOf(plan);
    expect(messages.map((m) => m.repos)).toEqual([[repo(1), repo(2)], [repo(3)]]);
    for (const m of messages) {
      expect(m).toMatchObject({ runId: '1611127298', attempt: 1, firstAttempt: 1, wait: 0 });
      expect(FetchBatch.parse(m)).toEqual(m);
    }
  });
});
