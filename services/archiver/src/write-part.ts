/** Writes documents as one file of Parquet: sorted by name, so that its bytes say nothing but the documents. */
import { constants, zstdCompressSync } from 'node:zlib';
import { COLUMNS, type Column, type Value } from '@github-repo-stats/shared/archive/columns';
import type { Row } from '@github-repo-stats/shared/archive/read-part';
import type { SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter, type ColumnSource } from 'hyparquet-writer';

/** Of 22. Measured on 6,000 repositories: 34.6 bytes each in 0.2 s; with zstd's default of 3 they take 37.9, in half of the time. */
const LEVEL = 19;
const zstd = (bytes: Uint8Array): Uint8Array =>
  zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: LEVEL } });

const TIME = { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' } as const;
const TYPES: Record<Column['kind'], Partial<SchemaElement>> = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  flag: { type: 'BOOLEAN' },
  integer: { type: 'INT32' },
  second: TIME,
  millisecond: TIME,
};
const SCHEMA: SchemaElement[] = [
  { name: 'stats', num_children: COLUMNS.length },
  ...COLUMNS.map(({ name, kind }) => ({ ...TYPES[kind], name, repetition_type: 'OPTIONAL' as const })),
];
/** Sorted, so that most of a name stands in the one before it. */
const SORTED = 'repo';

const valueOf = (value: Value, { kind }: Column): unknown =>
  typeof value === 'number' && kind !== 'integer' ? new Date(value) : value;

/** One row group: a part is small enough. @param rows sorted by `sortedRows`. */
export function writePart(rows: readonly Row[]): Uint8Array {
  const columnData = COLUMNS.map((column) => ({
    name: column.name,
    data: rows.map((row) => valueOf(row[column.name] ?? null, column)),
    ...(column.name === SORTED && { encoding: 'DELTA_BYTE_ARRAY' }),
    offsetIndex: false,
  })) as ColumnSource[];
  const writer = new ByteWriter();
  const compressors = { ZSTD: zstd };
  const parquet = new ParquetWriter({
    writer,
    schema: SCHEMA,
    codec: 'ZSTD',
    compressors,
    createdBy: 'github-repo-stats',
  });
  // To memory, nothing of it waits.
  void parquet.write({ columnData, rowGroupSize: Math.max(1, rows.length) });
  void parquet.finish();
  return writer.getBytes();
}

/** In the order of the characters' codes, which is the same everywhere. */
export const sortedRows = (rows: readonly Row[]): Row[] =>
  rows.toSorted((a, b) => (String(a['repo']) < String(b['repo']) ? -1 : 1));
