/** The forms in which a result is written into a file. */
export const OUT_FORMATS = ['csv', 'json', 'ndjson', 'parquet'] as const;
export type OutFormat = (typeof OUT_FORMATS)[number];

/** As DuckDB's COPY is told of each. */
export const COPY_OPTIONS: Record<OutFormat, string> = {
  csv: 'FORMAT csv, HEADER',
  json: 'FORMAT json, ARRAY true',
  ndjson: 'FORMAT json',
  parquet: 'FORMAT parquet, COMPRESSION zstd',
};
