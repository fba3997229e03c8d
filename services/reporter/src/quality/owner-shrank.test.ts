import { describe, expect, it } from 'vitest';
import type { Earlier } from './earlier.ts';
import { OwnerShrank } from './owner-shrank.ts';
import { earlierOf, NO_EARLIER, rowWith, times } from './quality.fixture.ts';

function found(rows: ReturnType<typeof rowWith>[], earlier: Earlier) {
  const check = new OwnerShrank();
  for (const row of rows) check.row(row);
  return check.finding(earlier);
}
const of = (owner: string, n: number, more: Parameters<typeof rowWith>[1] = {}) =>
  times(n, (i) => rowWith(`${owner}/${i}`, more));

describe('an owner', () => {
  it('shrank when it has fewer repositories, whoever else grew', () => {
    expect(found([...of('Acme', 6), ...of('globex', 50)], earlierOf({ acme: 10, globex: 20 }))).toEqual({
      measured: 0.4,
      said: 'of 2 owners, the one that shrank most lost 40 %',
      examples: [{ what: 'acme', said: 'had repositories 10, now 6' }],
    });
  });

  it('shrank altogether when it is not there at all', () => {
    expect(found(of('globex', 20), earlierOf({ acme: 10, globex: 20 }))).toMatchObject({ measured: 1 });
  });

  it('shrank when what it kept lost stars, forks or merged pull requests', () => {
    const rows = [
      ...of('acme', 10),
      rowWith('acme/fell', { now: { forks: 48 }, previous: { forks: -1000 } }),
    ];
    const then = 11 * 1048;
    expect(found(rows, earlierOf({ acme: 11 }))).toEqual({
      measured: 1000 / then,
      said: 'of 1 owner, the one that shrank most lost 8.7 %',
      examples: [{ what: 'acme', said: 'its repositories had forks 11,528, now 10,528' }],
    });
  });

  it('did not when two repositories went, or it is small', () => {
    expect(found([...of('acme', 8), ...of('tiny', 1)], earlierOf({ acme: 10, tiny: 4 }))).toMatchObject({
      measured: 0,
    });
  });

  it('is left out when it is listed otherwise since', () => {
    const same = { all: false, owners: new Set(['globex']) };
    expect(
      found([...of('acme', 1), ...of('globex', 9)], earlierOf({ acme: 10, globex: 9 }, { same })),
    ).toEqual({
      measured: 0,
      said: 'of 1 owner none shrank',
      examples: [],
    });
  });

  it('is not looked at without a run before', () => {
    expect(found(of('acme', 6), NO_EARLIER)).toHaveProperty('skipped');
    expect(found(of('acme', 4), earlierOf({ acme: 4 }))).toHaveProperty('skipped');
  });
});
