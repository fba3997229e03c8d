import type { SelectedOwner } from '@github-repo-stats/shared/documents';
import type { LaneResult } from '@github-repo-stats/shared/github/lanes';
import type { GithubReply } from '@github-repo-stats/shared/github/reply';
import { describe, expect, it } from 'vitest';
import { listPages } from './list-pages.ts';
import type { ListingVariables } from './listing.ts';

const owner: SelectedOwner = { owner: 'o', exclude: ['x*'], individual: [] };
const sent = (reply: Partial<GithubReply>, calls = 1): LaneResult => ({
  kind: 'sent',
  calls,
  reply: { points: 1, seconds: 0.5, detail: 'said GitHub', ...reply } as GithubReply,
});
const page = (names: string[], endCursor?: string): LaneResult => {
  const nodes = names.map((name) => ({
    id: `R_${name}`,
    nameWithOwner: `o/${name}`,
    isArchived: false,
    isFork: false,
    isTemplate: false,
    visibility: 'PUBLIC',
    primaryLanguage: null,
  }));
  const pageInfo = { hasNextPage: endCursor !== undefined, endCursor: endCursor ?? null };
  return sent({ kind: 'data', data: { repositoryOwner: { repositories: { pageInfo, nodes } } }, errors: [] });
};

/** Lists with these answers, one after the other; `asked` are the cursors. */
async function list(answers: LaneResult[], { batchSize = 4, isFirst = true } = {}) {
  const asked: (string | null)[] = [];
  const sizes: number[] = [];
  const listed = await listPages(owner, {
    cursor: undefined,
    spent: undefined,
    batchSize,
    isFirst,
    list({ after, first }: ListingVariables) {
      asked.push(after);
      sizes.push(first);
      const answer = answers.shift();
      return answer ? Promise.resolve(answer) : Promise.reject(new Error('GitHub is not to be asked'));
    },
  });
  const names = listed.kind === 'page' ? listed.page.repos.map((r) => r.nameWithOwner.slice(2)) : undefined;
  return { listed, asked, names, sizes };
}

describe('listing until there is enough to plan', () => {
  it('takes one page that leaves half a batch', async () => {
    const { listed, asked } = await list([page(['a', 'x', 'b'], 'c1')]);
    expect(asked).toEqual([null]);
    expect(listed).toMatchObject({ page: { next: 'c1', cost: { calls: 1 } } });
  });

  it('takes further pages while there is less, in their order, and reckons all of them', async () => {
    const { listed, asked, names } = await list([
      page(['x1', 'a'], 'c1'),
      page(['x2'], 'c2'),
      page(['b', 'c'], 'c3'),
    ]);
    expect(asked).toEqual([null, 'c1', 'c2']);
    expect(names).toEqual(['a', 'b', 'c']);
    expect(listed).toMatchObject({
      page: {
        next: 'c3',
        cost: {
          calls: 3,
          points: 3,
          seconds: 1.5,
          queries: { ListRepositories: { calls: 3, points: 3, seconds: 1.5 } },
        },
      },
    });
  });

  it('takes two that are a whole number of batches together, but for the first plan', async () => {
    const many = Array.from({ length: 90 }, (_, n) => `r${n}`);
    const later = await list([page(many, 'c1'), page(['a'], 'c2')], { batchSize: 65, isFirst: false });
    expect([later.sizes, later.names?.length]).toEqual([[98, 97], 91]);
    expect((await list([page(many, 'c1')], { batchSize: 65 })).sizes).toEqual([65]);
  });

  it('keeps what a page was reckoned to cost', async () => {
    const { listed } = await list([{ ...page(['a', 'b'], 'c1'), dryRunPoints: 2 }]);
    expect(listed).toMatchObject({
      page: { cost: { queries: { ListRepositories: { calls: 1, points: 1, dryRunPoints: 2 } } } },
    });
  });

  it('ends with the last page', async () => {
    const { listed, names } = await list([page(['a'], 'c1'), page(['x'])]);
    expect(names).toEqual(['a']);
    expect(listed).toMatchObject({ page: { next: undefined } });
  });

  it('takes ten pages at most', async () => {
    const { listed, asked } = await list(Array.from({ length: 11 }, (_, i) => page(['x'], `c${i + 1}`)));
    expect(asked).toHaveLength(10);
    expect(listed).toMatchObject({ page: { repos: [], next: 'c10' } });
  });

  it.each<[string, LaneResult]>([
    ['a wait', { kind: 'wait', waitMs: 9, reason: 'primary' }],
    ['a limit', sent({ kind: 'limited', limit: 'secondary', waitMs: 9 })],
    ['a time-out', sent({ kind: 'timeout' })],
    ['a refusal', sent({ kind: 'refused', reason: 'credentials' })],
  ])('keeps what was listed before %s, to go on from there', async (_, trouble) => {
    const { listed, names } = await list([page(['a'], 'c1'), trouble]);
    expect(names).toEqual(['a']);
    const calls = trouble.kind === 'sent' ? 2 : 1;
    expect(listed).toMatchObject({ kind: 'page', page: { next: 'c1', cost: { calls } } });
  });
});

describe('trouble with the first page', () => {
  it.each<[string, LaneResult, object]>([
    ['a wait', { kind: 'wait', waitMs: 9, reason: 'primary' }, { kind: 'wait', waitMs: 9, spent: undefined }],
    [
      'a limit',
      sent({ kind: 'limited', limit: 'primary', waitMs: 9 }),
      { kind: 'wait', why: 'GitHub limit: primary', spent: { calls: 1 } },
    ],
    ['a time-out', sent({ kind: 'timeout' }), { kind: 'failed', again: true, reason: 'timeout' }],
    ['SAML', sent({ kind: 'refused', reason: 'saml' }), { kind: 'failed', again: false, reason: 'saml' }],
    [
      'a repeated 401',
      sent({ kind: 'refused', reason: 'credentials', points: 0 }, 2),
      { kind: 'refused', spent: { calls: 2, points: 0, seconds: 0.5 } },
    ],
  ])('%s is handed back', async (_, trouble, expected) => {
    expect((await list([trouble])).listed).toMatchObject(expected);
  });

  it('before GitHub was asked costs no call', async () => {
    const reply = { kind: 'transport', detail: 'no token', points: 0, seconds: 3 } as const;
    expect((await list([{ kind: 'sent', calls: 0, reply }])).listed).toEqual({
      kind: 'failed',
      again: true,
      reason: 'transport',
      detail: 'no token',
      spent: expect.objectContaining({ calls: 0, points: 0 }),
    });
  });
});
