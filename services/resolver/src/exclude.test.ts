import { readSourcesObject } from '@github-repo-stats/shared/sources';
import { describe, expect, it } from 'vitest';
import { excluder } from './exclude.ts';

/** The names that are left out, with excludes as a sources file spells them. */
function leftOut(exclude: unknown, names: readonly string[], individual: readonly string[] = []): string[] {
  const read = readSourcesObject({ fullOrgs: [{ orgName: 'microsoft', exclude }] });
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  return names.filter(excluder(read.selection.owners[0]!.exclude, individual));
}

describe('excluding repositories of an owner', () => {
  it('takes a comma-separated text, with spaces and empty parts', () => {
    const names = ['microsoft/FluidExamples', 'microsoft/maro', 'microsoft/vscode'];
    expect(leftOut(' FluidExamples , maro,, ', names)).toEqual(names.slice(0, 2));
  });

  it('takes a list, whose texts may hold several names', () => {
    const names = ['microsoft/a', 'microsoft/b', 'microsoft/c', 'microsoft/d'];
    expect(leftOut(['a', ' b , c '], names)).toEqual(names.slice(0, 3));
  });

  it('compares without case, either way', () => {
    expect(leftOut('MARO', ['microsoft/maro', 'Microsoft/Maro'])).toHaveLength(2);
    expect(leftOut('maro', ['MICROSOFT/MARO'])).toHaveLength(1);
  });

  it('compares whole names', () => {
    expect(leftOut('maro', ['microsoft/maro2', 'microsoft/amaro', 'microsoft/mar'])).toEqual([]);
  });

  it.each([
    [
      '*-archive',
      ['microsoft/old-archive', 'microsoft/-archive'],
      ['microsoft/archive', 'microsoft/x-archived'],
    ],
    ['test*', ['microsoft/test', 'microsoft/testing'], ['microsoft/my-test']],
    ['a*z', ['microsoft/az', 'microsoft/a.b.z'], ['microsoft/azure']],
    ['*', ['microsoft/anything', 'microsoft/.github'], []],
  ])('takes %s as a pattern in which * stands for any text', (pattern, out, kept) => {
    expect(leftOut(pattern, [...out, ...kept])).toEqual(out);
  });

  it('matches a pattern with a slash against owner and name', () => {
    const names = ['microsoft/maro', 'other/maro'];
    expect(leftOut('microsoft/maro', names)).toEqual(['microsoft/maro']);
    expect(leftOut('Microsoft/*', names)).toEqual(['microsoft/maro']);
  });

  it('takes a dot as a dot', () => {
    expect(leftOut('vscode.dev', ['microsoft/vscode.dev', 'microsoft/vscode-dev'])).toEqual([
      'microsoft/vscode.dev',
    ]);
  });

  it('takes characters of regular expressions as they are, even where no sources file may hold them', () => {
    const pattern = 'a+b?(c)[d]{2}^$|\\.';
    expect(excluder([pattern], [])(`o/${pattern}`)).toBe(true);
    expect(excluder(['a+'], [])('o/aa')).toBe(false);
    expect(excluder(['(a|b)'], [])('o/a')).toBe(false);
  });

  it('leaves single repositories to their own source, whatever the case', () => {
    const names = ['microsoft/VSCode', 'microsoft/maro'];
    expect(leftOut([], names, ['vscode'])).toEqual(['microsoft/VSCode']);
  });

  it('leaves nothing out when there is nothing to exclude', () => {
    expect(leftOut('', ['microsoft/a'])).toEqual([]);
  });
});
