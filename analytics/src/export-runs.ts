/**
 * Brings what the database holds and the archive does not (yet) into files of Parquet like those of the archive: completed runs
 * without a manifest, each once per revision. A run is read from one place, so that none counts twice.
 */
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Container } from '@azure/cosmos';
import { rowOf, type Archived } from '@github-repo-stats/shared/archive/columns';
import { gathered } from '@github-repo-stats/shared/cosmos/gathered';
import { paidRequests } from '@github-repo-stats/shared/cosmos/paid-request';
import { readReply } from '@github-repo-stats/shared/cosmos/read-reply';
import type { RequestUnitPacer } from '@github-repo-stats/shared/cosmos/request-units';
import type { Outcome } from '@github-repo-stats/shared/documents';
import { statsId } from '@github-repo-stats/shared/ids';
import { mapLimit } from '@github-repo-stats/shared/map-limit';
import { documentsOf } from '@github-repo-stats/shared/run-info';
import { columnList, quoted, TYPES } from './sql-text.ts';
import { partitionOf, type StatsFile } from './stats-file.ts';

export interface ExportDeps {
  repoStats: Container;
  runInfo: Container;
  pacer: RequestUnitPacer;
  sleep: (ms: number) => Promise<void>;
  /** Said of each run that is read. */
  tell(text: string): void;
}

/** Two bulk requests in flight. */
const TOGETHER = 200;

/** @param runs that are at their ends, and not archived. */
export async function exportRuns(
  runs: readonly { runId: string; revision: number }[],
  folder: string,
  deps: ExportDeps,
): Promise<StatsFile[]> {
  const files: StatsFile[] = [];
  for (const { runId, revision } of runs) {
    const place = join(folder, 'database', partitionOf(runId));
    const path = join(place, `revision-${revision}.parquet`);
    files.push({ path, runId, digest: `database.${revision}` });
    if (existsSync(path)) continue;
    await mkdir(place, { recursive: true });
    const lines = `${path}.${process.pid}.ndjson`;
    try {
      const documents = await documentsOfRun(runId, deps);
      deps.tell(`Run ${runId} is not archived: read from the database, ${documents.length} repositories.`);
      const text = documents.map((document) => `${JSON.stringify(rowOf(document))}\n`);
      await pipeline(Readable.from(text), createWriteStream(lines));
      await toParquet(lines, path);
    } finally {
      await rm(lines, { force: true });
    }
  }
  return files;
}

/** Point reads of the names that its outcomes tell: 1 RU each, where a query by run would go through every partition. */
async function documentsOfRun(runId: string, deps: ExportDeps): Promise<Archived[]> {
  const names: string[] = [];
  for await (const { entries } of documentsOf<Outcome>(deps.runInfo, runId, `c.type = 'outcome'`))
    for (const [name, { state, as }] of Object.entries(entries))
      if (state === 'created') names.push(as ?? name);
  const reads = gathered(deps.repoStats, { keepsWritten: true });
  const requests = paidRequests(deps);
  const documents = await mapLimit(names, TOGETHER, async (repo) => {
    const operation = { operationType: 'Read' as const, id: statsId(repo, runId), partitionKey: repo };
    const { document } = await requests.send('read', async () => readReply(await reads.send(operation)));
    return document;
  });
  return documents.filter((document) => document !== undefined);
}

/** Times are epoch milliseconds there. */
async function toParquet(lines: string, path: string): Promise<void> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const isTime = (type: string): boolean => type === 'TIMESTAMP';
    const given = columnList((name, kind) => `${name}: '${isTime(TYPES[kind]) ? 'BIGINT' : TYPES[kind]}'`);
    const made = columnList((name, kind) =>
      isTime(TYPES[kind]) ? `make_timestamp_ms(${name}) AS ${name}` : name,
    );
    const part = `${path}.${process.pid}.part`;
    await connection.run(
      `COPY (SELECT ${made} FROM read_json(${quoted(lines)}, format = 'newline_delimited', columns = {${given}}) ORDER BY repo) TO ${quoted(part)} (FORMAT parquet, COMPRESSION zstd)`,
    );
    await rename(part, path);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
