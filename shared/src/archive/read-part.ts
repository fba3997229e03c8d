/** Reads a file of Parquet back: its documents, and the sums that tell whether they are those that were written. */
import { zstdDecompressSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';
import { COLUMNS, SUMMED, documentOf, type Archived, type Value } from './columns.ts';

export type Sums = Record<string, number>;
export type Row = Readonly<Record<string, Value>>;

const compressors = { ZSTD: (bytes: Uint8Array): Uint8Array => zstdDecompressSync(bytes) };

/** A library that reads Parquet gives times as dates. */
const valueOf = (value: unknown): Value =>
  value instanceof Date ? value.getTime() : ((value ?? null) as Value);

const ALL = COLUMNS.map(({ name }) => name);
/** What tells whether a part is of these repositories, and its numbers are those that were written. */
export const TELLING: readonly string[] = ['repo', ...SUMMED];

/**
 * @param columns of which each row is read; all of them when left out.
 * @throws when the bytes are no Parquet, or lack a column.
 */
export async function readRows(bytes: Uint8Array, columns: readonly string[] = ALL): Promise<Row[]> {
  const file = new Uint8Array(bytes).buffer;
  const rows = await parquetReadObjects({ file, columns: [...columns], compressors });
  for (const row of rows as Record<string, unknown>[])
    for (const name of columns) row[name] = valueOf(row[name]);
  return rows as Row[];
}

/** Of each column that holds whole numbers; null counts as nothing. */
export const sumsOf = (rows: Iterable<Row>): Sums => {
  const sums: Sums = Object.fromEntries(SUMMED.map((name) => [name, 0]));
  for (const row of rows) for (const name of SUMMED) sums[name]! += Number(row[name] ?? 0);
  return sums;
};

export const addSums = (a: Sums, b: Sums): Sums =>
  Object.fromEntries(SUMMED.map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]));

export const documentsIn = (rows: Iterable<Row>): Archived[] => Array.from(rows, documentOf);
