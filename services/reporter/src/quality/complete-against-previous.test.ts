import { describe, expect, it } from 'vitest';
import { CompleteAgainstPrevious } from './complete-against-previous.ts';
import type { Earlier } from './earlier.ts';
import { earlierOf, NO_EARLIER, rowWith, times } from './quality.fixture.ts';

function found(kept: number, earlier: Earlier) {
  const check = new CompleteAgainstPrevious();
  for (const row of times(kept, (i) => rowWith(`o/${i}`))) check.row(row);
  check.row(rowWith('o/new', { previous: null }));
  return check.finding(earlier);
}

describe('whether all of the run before is here', () => {
  it('measures what is missing, those that are told as gone aside', () => {
    expect(found(90, earlierOf({ o: 100 }, { gone: 4 }))).toMatchObject({
      measured: 0.06,
      said: '6 of 100 repositories of the run before are missing (6 %), and 4 more are told as gone',
    });
  });

  it('counts what most likely is access that was lost, and names the owner', () => {
    const lostAccess = [{ owner: 'o', gone: 10, of: 100 }];
    expect(found(90, earlierOf({ o: 100 }, { lostAccess }))).toMatchObject({
      measured: 0.1,
      examples: [{ what: 'o', said: '10 of 100 are not listed any more' }],
    });
  });

  it('is not disturbed when more are gone than were stored', () => {
    expect(found(99, earlierOf({ o: 100 }, { gone: 5 }))).toMatchObject({ measured: 0 });
  });

  it('is skipped without a run before, and when the sources are others', () => {
    expect(found(1, NO_EARLIER)).toHaveProperty('skipped');
    const same = { all: false, owners: new Set<string>() };
    expect(found(1, earlierOf({ o: 100 }, { same }))).toEqual({
      skipped: 'the sources were changed since the run before',
    });
  });
});
