/** Values as they stand in a text of SQL. */
import { COLUMNS, type ColumnKind } from '@github-repo-stats/shared/archive/columns';

export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
export const nameOf = (column: string): string => `"${column.replaceAll('"', '""')}"`;
export const listOf = (texts: readonly string[]): string => `[${texts.map(quoted).join(', ')}]`;

/** How each kind of column of the archive is called in DuckDB. Times are UTC, without a zone. */
export const TYPES: Record<ColumnKind, string> = {
  text: 'VARCHAR',
  flag: 'BOOLEAN',
  integer: 'INTEGER',
  second: 'TIMESTAMP',
  millisecond: 'TIMESTAMP',
};

/** Every column of the archive, each made by `of`. */
export const columnList = (of: (name: string, kind: ColumnKind) => string): string =>
  COLUMNS.map(({ name, kind }) => of(nameOf(name), kind)).join(', ');
