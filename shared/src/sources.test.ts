import { describe, expect, it } from 'vitest';
import { problemText, readSources } from './sources.ts';

const selection = (value: unknown) => {
  const read = readSources(JSON.stringify(value));
  if ('problems' in read) throw new Error(read.problems.map(problemText).join('\n'));
  return read.selection;
};
const problems = (text: string) => {
  const read = readSources(text);
  if ('selection' in read) throw new Error('was accepted');
  return read.problems.map(problemText);
};

describe('a sources file', () => {
  it('keeps the form of the first generation', () => {
    expect(
      selection({
        fullOrgs: [{ orgName: 'microsoft', exclude: 'FluidExamples,maro' }],
        individualRepos: ['octokit/octokit.rb'],
      }),
    ).toEqual({
      owners: [{ owner: 'microsoft', exclude: ['FluidExamples', 'maro'], individual: [] }],
      repositories: ['octokit/octokit.rb'],
    });
  });

  it('takes excludes as text or list, with spaces and globs', () => {
    const [a, b] = selection({
      fullOrgs: [
        { orgName: 'a', exclude: ' x , y*,, ' },
        { orgName: 'b', exclude: ['*-archive', ' z ', 'p,q'] },
      ],
    }).owners;
    expect(a?.exclude).toEqual(['x', 'y*']);
    expect(b?.exclude).toEqual(['*-archive', 'z', 'p', 'q']);
  });

  it('holds no repository and no owner twice, whatever the case', () => {
    const s = selection({
      fullOrgs: [
        { orgName: 'Acme', exclude: 'a' },
        { orgName: 'acme', exclude: 'b' },
      ],
      individualRepos: ['Acme/Tool', 'acme/tool', 'other/one'],
    });
    expect(s.owners).toEqual([{ owner: 'Acme', exclude: ['a', 'b'], individual: ['tool'] }]);
    expect(s.repositories).toEqual(['Acme/Tool', 'other/one']);
  });

  it('names every problem with its line and path', () => {
    expect(
      problems(
        '{\n "fullOrgs": [\n  {"orgName": "not an org"},\n  {"orgname": "x"}\n ],\n "individualRepos": [\n  "justaname"]\n}',
      ),
    ).toEqual([
      'line 3: fullOrgs[0].orgName is not the name of a GitHub organisation or user',
      'line 4: fullOrgs[1].orgName is not a text',
      expect.stringMatching(/^line 4: fullOrgs\[1\] .*orgname/),
      'line 7: individualRepos[0] is not owner/name',
    ]);
  });

  it('says where a text is not JSON', () => {
    expect(problems('{\n "fullOrgs": [}\n')[0]).toMatch(/^line 2: the file is not JSON/);
    expect(problems('')).toHaveLength(1);
  });

  it('refuses a file that names nothing', () => {
    expect(problems('{}')).toEqual(['line 1: the file names no organisation and no repository']);
  });
});
