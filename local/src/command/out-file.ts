/** Writes rows as .json (one array), .ndjson or .csv, whole or not at all. */
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { extname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

type Row = Record<string, unknown>;

function* jsonArray(rows: Iterable<Row>): Iterable<string> {
  let separator = '[\n';
  for (const row of rows) {
    yield separator + JSON.stringify(row);
    separator = ',\n';
  }
  yield separator === '[\n' ? '[]\n' : '\n]\n';
}

function* jsonLines(rows: Iterable<Row>): Iterable<string> {
  for (const row of rows) yield `${JSON.stringify(row)}\n`;
}

/**
 * The extension decides the form. CSV has a header of `columns`; a text that a spreadsheet would run as a formula gets a leading '.
 * @throws when the extension is another one, or the disk refuses.
 */
export async function writeRows(
  path: string,
  rows: Iterable<Row>,
  columns: readonly string[],
): Promise<void> {
  const part = `${path}.part`;
  const file = createWriteStream(part);
  try {
    switch (extname(path).toLowerCase()) {
      case '.json':
        await pipeline(Readable.from(jsonArray(rows)), file);
        break;
      case '.ndjson':
        await pipeline(Readable.from(jsonLines(rows)), file);
        break;
      case '.csv': {
        const { stringify } = await import('csv-stringify');
        const csv = stringify({
          header: true,
          columns: [...columns],
          escape_formulas: true,
          cast: { boolean: (value) => String(value) },
        });
        await pipeline(Readable.from(rows), csv, file);
        break;
      }
      default:
        throw new Error(`no form is known for ${path}`);
    }
    await rename(part, path);
  } catch (error) {
    file.destroy();
    await rm(part, { force: true });
    throw error;
  }
}
