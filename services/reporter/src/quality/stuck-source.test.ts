import { describe, expect, it } from 'vitest';
import { COMPARED, rowWith, times } from './quality.fixture.ts';
import { StuckSource } from './stuck-source.ts';

/** Each of these changes 270 times in 162 hours, ten in six: it should have changed. */
const busy = { stars: 270 };
function found(rows: ReturnType<typeof rowWith>[], compareTo = COMPARED) {
  const check = new StuckSource(compareTo);
  for (const row of rows) check.row(row);
  return check.finding();
}
const stuck = (owner: string, n: number) => times(n, (i) => rowWith(`${owner}/${i}`, { d7: busy }));
const moving = (owner: string, n: number) =>
  times(n, (i) => rowWith(`${owner}/${i}`, { d7: { stars: 280 }, previous: { mergedPRs: 1 } }));

describe('a source', () => {
  it('is stuck when nothing changed that should have', () => {
    expect(found(stuck('o', 80))).toEqual({
      measured: 1,
      said: 'of all, 0 of 80 repositories changed, 80 are usual',
      examples: [],
    });
  });

  it('is not when they changed, in whatever number', () => {
    expect(found(moving('o', 80))).toMatchObject({ measured: 0 });
  });

  it('is stuck in part: as much is measured as is missing', () => {
    const { measured } = found([...stuck('o', 60), ...moving('o', 40)]) as { measured: number };
    expect(measured).toBeCloseTo(0.6, 2);
  });

  it('is stuck for one owner, where others move', () => {
    expect(found([...stuck('acme', 30), ...moving('globex', 100)])).toMatchObject({
      measured: 1,
      examples: [{ what: 'acme', said: '0 of 30 repositories changed, 30 are usual' }],
    });
  });

  it('is not for an owner at a time when others hardly move either', () => {
    const night = [...moving('globex', 15), ...stuck('globex', 85)];
    const { measured } = found([...stuck('acme', 30), ...night]) as { measured: number };
    expect(measured).toBeCloseTo(1 - 15 / 130, 2);
  });

  it('cannot be told of repositories that hardly ever change, or without a run of 7 days before', () => {
    expect(found(times(500, (i) => rowWith(`o/${i}`, { d7: { stars: 1 } })))).toHaveProperty('skipped');
    expect(found(times(500, (i) => rowWith(`o/${i}`)))).toHaveProperty('skipped');
  });

  it('has had less time to change when the run before was just now', () => {
    const previous = String(Number(COMPARED.previous) + 6 * 3600 - 60);
    expect(found(stuck('o', 80), { ...COMPARED, previous })).toHaveProperty('skipped');
  });
});
