/** What Prometheus is told: its text format, to the letter. */
import { mergeRows, rowOf } from '@github-repo-stats/shared/rows';
import { expect, it } from 'vitest';
import { documentOf } from '../rows.fixture.ts';
import { streamOf } from '../reporter.fixture.ts';
import type { ApiStore } from './api-store.ts';
import type { ApiDeps } from './deps.ts';
import type { KnownRun } from './known-runs.ts';
import { exposition, metrics } from './metrics.ts';
import { RowCache } from './row-cache.ts';

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

it('goes on without repositories once the rows of the last run are kept no more', async () => {
  const runId = '1795459801';
  const batch = { runId, batchId: 'b-s00001-00001-1' };
  const rows = mergeRows(undefined, batch, [rowOf(documentOf('a/b'))], 1)!;
  const latest: KnownRun = { runId, revision: 1, endedAt: '', compareTo: {}, active: undefined };
  const told = async (daysLater: number): Promise<unknown> => {
    const deps = {
      store: {
        summary: () => Promise.resolve(undefined),
        rows: () => streamOf([rows]),
      } as Partial<ApiStore>,
      runs: { now: () => Promise.resolve({ active: [], latest }) },
      rows: new RowCache(),
      now: () => new Date((Number(runId) + daysLater * 86_400) * 1000),
    } as unknown as ApiDeps;
    return metrics(deps).ask({}, { top: '5' }).answer();
  };
  expect(await told(39)).toContain('github_repo_stats_repository_stars{repository="a/b"} 3378\n');
  expect(await told(41)).toMatch(/^# HELP github_repo_stats_runs_active .*\n# TYPE .*\n.* 0\n$/);
});
