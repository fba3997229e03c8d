import { describe, expect, it } from 'vitest';
import { Selection } from './documents.ts';
import { problemText, readSources, readSourcesObject } from './sources.ts';

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

describe('filters of an organisation', () => {
  const filterOf = (...entries: object[]) =>
    selection({ fullOrgs: entries.map((entry) => ({ orgName: 'acme', ...entry })) }).owners[0]?.filter;

  it('are none unless an entry has some', () => {
    const [owner] = selection({ fullOrgs: [{ orgName: 'acme', exclude: 'x' }] }).owners;
    expect(owner).toStrictEqual({ owner: 'acme', exclude: ['x'], individual: [] });
  });

  it('are flags that are true or false, and lists', () => {
    const filter = {
      archived: false,
      forks: true,
      templates: false,
      visibility: ['public'],
      topics: ['a', 'b'],
      languages: ['go', 'jupyter notebook'],
    };
    expect(filterOf(filter)).toEqual(filter);
    expect(filterOf({ archived: true })).toStrictEqual({ archived: true });
    const read = selection({ fullOrgs: [{ orgName: 'acme', ...filter }] });
    expect(Selection.parse(read)).toEqual(read);
  });

  it('take their lists as text or list, in any case, with spaces, each value once', () => {
    expect(filterOf({ languages: ' TypeScript, Go ,,go', topics: ['Web,api', 'WEB'] })).toEqual({
      languages: ['go', 'typescript'],
      topics: ['api', 'web'],
    });
    expect(filterOf({ visibility: 'Private' })).toEqual({ visibility: ['private'] });
    expect(filterOf({ visibility: ['internal', 'public'] })).toEqual({ visibility: ['internal', 'public'] });
    expect(filterOf({ languages: ['C++', 'C#', 'F*'] })).toEqual({ languages: ['c#', 'c++', 'f*'] });
  });

  it('name every problem with its line and path', () => {
    const text = `{"fullOrgs": [{
      "orgName": "acme",
      "archived": "yes",
      "forks": null,
      "visibility": ["public", "secret"],
      "topics": ["c++", "ok"],
      "languages": [],
      "language": "Go"
    }]}`;
    expect(problems(text)).toEqual([
      'line 3: fullOrgs[0].archived is neither true nor false',
      'line 4: fullOrgs[0].forks is neither true nor false',
      'line 5: fullOrgs[0].visibility "secret" is not public, private or internal',
      'line 6: fullOrgs[0].topics "c++" is not a topic: up to 50 letters, digits and hyphens',
      'line 7: fullOrgs[0].languages names nothing; leave it out to take all',
      expect.stringMatching(/^line 1: fullOrgs\[0\] .*"language"/),
    ]);
    expect(problems('{"fullOrgs": [{"orgName": "acme", "topics": " , "}]}')).toHaveLength(1);
    expect(problems('{"fullOrgs": [{"orgName": "acme", "languages": 3}]}')).toEqual([
      'line 1: fullOrgs[0].languages is neither a comma-separated text nor a list of texts',
    ]);
  });

  it('of an owner named twice are merged when they are the same, or when one entry has none', () => {
    const filter = { languages: ['go', 'rust'] };
    expect(filterOf({ languages: 'Go,Rust' }, { orgName: 'ACME', languages: ['rust', 'go'] })).toEqual(
      filter,
    );
    expect(filterOf({ exclude: 'x' }, filter)).toEqual(filter);
    expect(filterOf(filter, { exclude: 'x' })).toEqual(filter);
  });

  it('of an owner named twice are refused when they differ', () => {
    const text = `{"fullOrgs": [
      {"orgName": "acme", "archived": false},
      {"orgName": "other", "archived": true},
      {"orgName": "Acme", "archived": false, "forks": false}
    ]}`;
    expect(problems(text)).toEqual(['line 4: fullOrgs[2] filters Acme otherwise than fullOrgs[0] does']);
  });
});

describe('the sources of a request', () => {
  it('are refused however deep they are, at the first field that is wrong', () => {
    const deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) as unknown;
    expect(readSourcesObject({ fullOrgs: [{ orgName: deep }] })).toMatchObject({
      problems: [{ path: 'fullOrgs[0].orgName', message: 'is not a text' }],
    });
  });

  it('are told a hundred problems, not all of a hundred thousand', () => {
    const read = readSourcesObject({ individualRepos: Array.from({ length: 100_000 }, () => 'x') });
    expect(read).toHaveProperty('problems.length', 100);
  });

  it('fit into a document as they stand, not only what is left when they are put together', () => {
    const individualRepos = Array.from({ length: 150_000 }, () => 'octokit/octokit.rb');
    expect(readSourcesObject({ individualRepos })).toMatchObject({
      problems: [{ message: expect.stringMatching(/^takes \d+ bytes, more than the 1500000 of one run/) }],
    });
  });
});
