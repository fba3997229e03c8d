/** Rows of a table as CSV that spreadsheets open without running anything in it, or as NDJSON: piece by piece. */

export const FORMATS = {
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson',
} as const;
export type Format = keyof typeof FORMATS;

/** What a client asks for: by `format`, else by Accept; undefined for JSON. */
export function formatOf(given: string | undefined, accept: string | null): Format | 'json' | undefined {
  if (given === 'csv' || given === 'ndjson' || given === 'json') return given;
  if (given !== undefined) return undefined;
  const accepted = (accept ?? '').toLowerCase();
  if (accepted.includes('text/csv')) return 'csv';
  return accepted.includes('application/x-ndjson') ? 'ndjson' : 'json';
}

/** Characters that are gathered before they are sent. */
const PIECE = 64 * 1024;

async function* gathered(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let piece = '';
  for await (const line of lines) {
    piece += line;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

export const ndjson = (rows: AsyncIterable<unknown>): AsyncIterable<string> =>
  gathered(mapped(rows, (row) => `${JSON.stringify(row)}\n`));

/**
 * RFC 4180, lines end in CRLF. What a spreadsheet would take for a formula gets an apostrophe in front.
 * @param columns paths into a row, `change.d7.stars`; null and what is not there are empty cells.
 */
export async function* csv(rows: AsyncIterable<unknown>, columns: readonly string[]): AsyncGenerator<string> {
  const paths = columns.map((column) => column.split('.'));
  yield lineOf(columns);
  yield* gathered(mapped(rows, (row) => lineOf(paths.map((path) => valueAt(row, path)))));
}

async function* mapped<T>(items: AsyncIterable<T>, of: (item: T) => string): AsyncGenerator<string> {
  for await (const item of items) yield of(item);
}

const lineOf = (values: readonly unknown[]): string => `${values.map(cell).join(',')}\r\n`;

function valueAt(row: unknown, path: readonly string[]): unknown {
  let value = row;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return null;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** What spreadsheets begin a formula with: https://owasp.org/www-community/attacks/CSV_Injection. Wide ones are taken for plain ones. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

/** Numbers are left alone: -5 is one, and no formula. */
export function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const plain =
    typeof value === 'string' ? value : Array.isArray(value) ? value.join(' ') : JSON.stringify(value);
  const text = FORMULA.test(plain) ? `'${plain}` : plain;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  propertyNames?: { enum?: string[] };
  anyOf?: JsonSchema[];
  type?: string;
}

/** The columns of a table whose rows follow a JSON schema: every value that is no object, by its path. */
export function columnsOf(schema: object, path: readonly string[] = []): string[] {
  const { anyOf, properties, propertyNames, additionalProperties } = schema as JsonSchema;
  const known = anyOf?.find((one) => one.type !== 'null');
  if (known) return columnsOf(known, path);
  if (properties)
    return Object.entries(properties).flatMap(([key, inner]) => columnsOf(inner, [...path, key]));
  if (propertyNames?.enum && typeof additionalProperties === 'object')
    return propertyNames.enum.flatMap((key) => columnsOf(additionalProperties, [...path, key]));
  return [path.join('.')];
}
