import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { fieldGroups, statsQuery } from './stats-query.ts';

describe('the stats query', () => {
  it('asks by node ids when all are known', () => {
    const q = statsQuery([
      { nameWithOwner: 'o/a', id: 'R_a' },
      { nameWithOwner: 'o/b', id: 'R_b' },
    ]);
    expect(q.name).toBe('RepositoriesById');
    expect(q.variables).toEqual({ ids: ['R_a', 'R_b'] });
    expect(q.pathOf(1)).toEqual(['nodes', 1]);
    expect(() => parse(q.query)).not.toThrow();
  });

  it('has the same text for every batch that is asked by ids', () => {
    const by = (...ids: string[]) => statsQuery(ids.map((id) => ({ nameWithOwner: 'o/a', id }))).query;
    expect(by('1')).toBe(by('2', '3'));
  });

  it('asks by names when one node id is unknown', () => {
    const q = statsQuery([{ nameWithOwner: 'o/a', id: 'R_a' }, { nameWithOwner: 'p/b.c' }]);
    expect(q.name).toBe('RepositoriesByName');
    expect(q.variables).toEqual({ o0: 'o', n0: 'a', o1: 'p', n1: 'b.c' });
    expect(q.pathOf(1)).toEqual(['r1']);
    expect(() => parse(q.query)).not.toThrow();
  });

  it.each(fieldGroups)('asks for %s by themselves, as an operation of its own', (group) => {
    const { name, query } = statsQuery([{ nameWithOwner: 'o/a', id: 'R_a' }], group);
    expect(name).toBe(`RepositoriesById${group}`);
    expect(query).toContain(`query ${name}(`);
    expect(/openIssues/.test(query)).toBe(group === 'Issues');
    expect(() => parse(query)).not.toThrow();
  });

  it('holds names as variables only, never in its text', () => {
    const q = statsQuery([{ nameWithOwner: 'owner-x/name-y' }]);
    expect(q.query).not.toMatch(/owner-x|name-y/);
  });

  it('declares every variable that it uses, up to the largest batch', () => {
    const q = statsQuery(Array.from({ length: 100 }, (_, i) => ({ nameWithOwner: `o/r${i}` })));
    expect(Object.keys(q.variables)).toHaveLength(200);
    for (const name of Object.keys(q.variables)) expect(q.query).toContain(`$${name}: String!`);
    expect(() => parse(q.query)).not.toThrow();
  });

  it.each([[[{ nameWithOwner: 'o/a' }]], [[{ nameWithOwner: 'o/a', id: 'R_a' }]]])(
    'asks for pull requests apart from issues, and for no list of stargazers',
    (repos) => {
      const { query } = statsQuery(repos);
      expect(query).toMatch(/openPRs: pullRequests\(/);
      expect(query).toMatch(/openIssues: issues\(/);
      expect(query).not.toMatch(/stargazers/);
      expect(query).toMatch(/rateLimit\(dryRun: \$dryRun\) \{ cost nodeCount \}/);
    },
  );
});
