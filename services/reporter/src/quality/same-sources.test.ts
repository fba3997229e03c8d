import type { Source } from '@github-repo-stats/shared/documents';
import { describe, expect, it } from 'vitest';
import { sameSources } from './same-sources.ts';

const source = (what: Source['what']): Source => ({
  id: 'source.s00001',
  runId: '1611127298',
  type: 'source',
  sourceId: 's00001',
  what,
  failedCount: 0,
});
const owner = (name: string, exclude: string[] = []): Source =>
  source({ kind: 'owner', owner: name, exclude, individual: [] });
const single = source({ kind: 'repositories', names: ['o/a'] });

describe('sources of two runs', () => {
  it('are the same in whatever order', () => {
    const same = sameSources({ sources: [owner('Acme'), single] }, { sources: [single, owner('Acme')] });
    expect(same).toEqual({ all: true, owners: new Set(['acme']) });
  });

  it('tell which owners are listed alike, where others are not', () => {
    const now = { sources: [owner('acme'), owner('globex', ['x'])] };
    const then = { sources: [owner('acme'), owner('globex'), single] };
    expect(sameSources(now, then)).toEqual({ all: false, owners: new Set(['acme']) });
  });
});
