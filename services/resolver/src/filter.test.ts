import type { RepositoryFilter } from '@github-repo-stats/shared/documents';
import { readSourcesObject } from '@github-repo-stats/shared/sources';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, type RepositoryProperties } from './filter.ts';

/** A filter as a sources file spells it. */
function filterOf(entry: object): RepositoryFilter {
  const read = readSourcesObject({ fullOrgs: [{ orgName: 'o', ...entry }] });
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  return read.selection.owners[0]!.filter ?? {};
}
const plain: RepositoryProperties = {
  isArchived: false,
  isFork: false,
  isTemplate: false,
  visibility: 'PUBLIC',
  language: 'TypeScript',
  topics: ['web', 'api'],
};
const of = (entry: object, repo: Partial<RepositoryProperties> = {}) =>
  decide(filterOf(entry), { ...plain, ...repo });

describe('filtering repositories of an owner', () => {
  it.each([
    ['archived', 'isArchived'],
    ['forks', 'isFork'],
    ['templates', 'isTemplate'],
  ])('takes only those with %s true, none of those with false, both without it', (name, property) => {
    const ends = [true, false].flatMap((wanted) =>
      [true, false].map((is) => of({ [name]: wanted }, { [property]: is })),
    );
    expect(ends).toEqual(['collect', 'leave-out', 'leave-out', 'collect']);
    expect([true, false].map((is) => of({}, { [property]: is }))).toEqual(['collect', 'collect']);
  });

  it('takes any of the visibilities', () => {
    const seen = (visibility: unknown) =>
      ['PUBLIC', 'PRIVATE', 'INTERNAL'].filter((is) => of({ visibility }, { visibility: is }) === 'collect');
    expect(seen('public')).toEqual(['PUBLIC']);
    expect(seen(['Private', 'internal'])).toEqual(['PRIVATE', 'INTERNAL']);
    expect(seen(undefined)).toHaveLength(3);
  });

  it('takes any of the primary languages, without case and whole', () => {
    expect(of({ languages: 'go, TYPESCRIPT' })).toBe('collect');
    expect(of({ languages: ['Type', 'Script', 'Go'] })).toBe('leave-out');
    expect(of({ languages: ['C'] }, { language: 'C++' })).toBe('leave-out');
    expect(of({ languages: ['c++'] }, { language: 'C++' })).toBe('collect');
  });

  it('takes a repository without a language for none of them', () => {
    expect(of({ languages: ['Go'] }, { language: null })).toBe('leave-out');
    expect(of({ archived: false }, { language: null })).toBe('collect');
  });

  it('takes any of the topics', () => {
    expect(of({ topics: 'API' })).toBe('collect');
    expect(of({ topics: ['ap', 'webs'] })).toBe('leave-out');
    expect(of({ topics: ['api'] }, { topics: [] })).toBe('leave-out');
  });

  it('wants every filter to fit', () => {
    const all = { archived: false, forks: false, templates: false, visibility: 'public', topics: 'web' };
    expect(of({ ...all, languages: 'TypeScript' })).toBe('collect');
    for (const other of [
      { isArchived: true },
      { isFork: true },
      { isTemplate: true },
      { visibility: 'PRIVATE' },
      { topics: ['cli'] },
      { language: 'Go' },
    ])
      expect(of({ ...all, languages: 'TypeScript' }, other)).toBe('leave-out');
  });

  it('does not decide by what it does not know, unless something else decides', () => {
    expect(of({ languages: 'Go' }, { language: undefined })).toBe('unknown');
    expect(of({ topics: 'web' }, { topics: undefined })).toBe('unknown');
    expect(of({ topics: 'web', archived: true }, { topics: undefined })).toBe('leave-out');
    expect(of({ archived: false }, { topics: undefined, language: undefined })).toBe('collect');
  });

  it('collects everything without a filter', () => {
    const flag = fc.boolean();
    const repository = fc.record({
      isArchived: flag,
      isFork: flag,
      isTemplate: flag,
      visibility: fc.constantFrom('PUBLIC', 'PRIVATE', 'INTERNAL'),
      language: fc.option(fc.string(), { nil: null }),
      topics: fc.option(fc.array(fc.string()), { nil: undefined }),
    });
    fc.assert(
      fc.property(repository, (repo) => {
        expect(decide({}, repo)).toBe('collect');
      }),
    );
  });
});
