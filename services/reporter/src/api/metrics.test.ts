/** What Prometheus is told: its text format, to the letter. */
import { expect, it } from 'vitest';
import { exposition } from './metrics.ts';

it('a family stands together under its help and type, and labels are escaped', () => {
  expect(
    exposition([
      { name: 'a', help: 'All.', samples: [[{}, 3]] },
      {
        name: 'b',
        help: 'Each.',
        samples: [
          [{ owner: 'x' }, 1],
          [{ owner: 'a"b\\c\nd' }, 0.5],
        ],
      },
      { name: 'none', help: 'Without any.', samples: [] },
    ]),
  ).toBe(
    '# HELP a All.\n# TYPE a gauge\na 3\n' +
      '# HELP b Each.\n# TYPE b gauge\nb{owner="x"} 1\nb{owner="a\\"b\\\\c\\nd"} 0.5\n',
  );
});
