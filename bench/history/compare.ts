/** Whether what is archived, answered and restored is what was collected. */
import { openPlace, type PlaceDeps } from '@github-repo-stats/analytics/open-place';
import { QUESTIONS, sqlOf } from '@github-repo-stats/analytics/questions';
import { restoreRun, type RestoreDeps } from '@github-repo-stats/local/command/restore-run';
import { SUMMED, withoutSystem, type Archived } from '@github-repo-stats/shared/archive/columns';
import { sha256 } from '@github-repo-stats/shared/archive/manifest';
import type { Sums } from '@github-repo-stats/shared/archive/read-part';
import type { Blobs } from '@github-repo-stats/shared/clients/blobs';
import { readArchived } from '../../test/archived.ts';

/** What a run collected, as it must be found again. */
export interface Expected {
  rows: number;
  digest: string;
  sums: Sums;
  /** Epoch second from which on the database has forgotten it. */
  expires?: number;
}

/** By run. */
export type Collected = ReadonlyMap<string, Expected>;

/** Forgotten runs that are restored, from the first to the last. */
export const RESTORED = 4;

/** The same for the same documents, in whatever order they and their properties come. */
export function digestOf(documents: readonly Archived[]): string {
  const sorted = (_: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  const lines = documents.map((document) => JSON.stringify(withoutSystem(document), sorted));
  return sha256(lines.toSorted().join('\n'));
}

/** @returns how many runs are not in the archive as they were collected, or cannot be read there. */
export async function compareArchive(expected: Collected, blobs: Blobs): Promise<number> {
  let wrong = 0;
  for (const [runId, { digest }] of expected) {
    const archived = await readArchived(blobs, runId).catch(() => undefined);
    if (!archived || digestOf(archived.documents) !== digest) wrong++;
  }
  return wrong;
}

/** @returns runs of which an answer differs from what was collected, and how long the ready questions take. */
export async function ask(
  expected: Collected,
  folder: string,
  place: PlaceDeps,
): Promise<{ wrong: number; seconds: [string, number][] }> {
  const analytics = await openPlace(folder, place);
  try {
    const sums = SUMMED.map((column) => `sum("${column}") AS "${column}"`).join(', ');
    const sql = `SELECT run, count(*) AS rows, ${sums} FROM stats GROUP BY run ORDER BY run`;
    const { columns, rows } = await analytics.rows(sql, expected.size + 1);
    const answers = new Map(rows.map((row) => [Number(row[0]), row]));
    const isRight = ([runId, of]: [string, Expected]): boolean => {
      const row = answers.get(Number(runId));
      const value = (name: string): number => Number(row?.[columns.indexOf(name)] ?? 0);
      return value('rows') === of.rows && SUMMED.every((name) => value(name) === of.sums[name]);
    };
    // A run of which a fault left nothing has no row.
    const some = [...expected.values()].filter((of) => of.rows > 0).length;
    const wrong = [...expected].filter((one) => !isRight(one)).length + Math.abs(rows.length - some);
    const seconds: [string, number][] = [];
    for (const question of QUESTIONS) {
      const began = performance.now();
      await analytics.rows(sqlOf(question), 1000);
      seconds.push([question.name, (performance.now() - began) / 1000]);
    }
    return { wrong, seconds };
  } finally {
    analytics.close();
  }
}

/** @returns how many of some forgotten runs did not come back as they were collected. */
export async function restoreSome(expected: Collected, now: number, deps: RestoreDeps): Promise<number> {
  const forgotten = [...expected].filter(([, { expires = Infinity }]) => expires <= now);
  let wrong = 0;
  for (let i = 0; i < RESTORED; i++) {
    const [runId, { digest, rows }] = forgotten[Math.floor((i * (forgotten.length - 1)) / (RESTORED - 1))]!;
    const restored = await restoreRun(runId, deps);
    const query = {
      query: 'SELECT * FROM c WHERE c.runId = @runId',
      parameters: [{ name: '@runId', value: runId }],
    };
    const { resources } = await deps.repoStats.items.query<Archived>(query).fetchAll();
    if (restored.there > 0 || restored.rows !== rows || digestOf(resources) !== digest) wrong++;
  }
  return wrong;
}
