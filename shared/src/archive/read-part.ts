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

/** @throws when the bytes are no Parquet, or lack a column. */
export async function readRows(bytes: Uint8Array): Promise<Row[]> {
  const file = new Uint8Array(bytes).buffer;
  const columns = COLUMNS.map(({ name }) => name);
  const rows = await parquetReadObjects({ file, columns, compressors });
  return rows.map((row) =>
    Object.fromEntries(columns.map((name) => [name, valueOf((row as Record<string, unknown>)[name])])),
  );
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
