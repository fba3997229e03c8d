/** What `query` is asked, read from the words and options behind it. */
import { extname } from 'node:path';
import { OUT_FORMATS } from '@github-repo-stats/analytics/out-formats';

/** Options that are parameters of ready questions. */
export const PARAMETERS = ['by', 'from', 'to', 'days', 'year', 'limit'] as const;
export const FORMATS = ['table', ...OUT_FORMATS] as const;
export type Format = (typeof FORMATS)[number];

export type Asked =
  | { kind: 'list' }
  | { kind: 'sql'; sql: string }
  | { kind: 'file'; file: string }
  | { kind: 'after-run'; runId: string }
  | { kind: 'question'; name: string; parameters: Record<string, string> };
export interface QueryOrder {
  asked: Asked;
  format: Format;
}

type Given = Partial<
  Record<(typeof PARAMETERS)[number] | 'file' | 'format' | 'out' | 'list' | 'after-run', string>
>;

/** @returns the order, or every problem. */
export function readQueryOrder(words: readonly string[], given: Given): QueryOrder | { problems: string[] } {
  const problems: string[] = [];
  const [word, ...rest] = words;
  for (const more of rest) problems.push(`${more}: is not expected here (SQL stands between quotes)`);
  const asked = askedOf(word, given);
  if (!asked)
    problems.push('query: needs one of a question, SQL between quotes, --file, --list or --after-run');
  const parameters = PARAMETERS.filter((name) => given[name] !== undefined);
  if (asked && asked.kind !== 'question')
    for (const name of parameters) problems.push(`--${name} ${given[name]}: is a parameter of questions`);
  if (asked?.kind === 'after-run') problems.push(...afterRunProblems(asked.runId, given));
  const format = formatOf(given);
  if (!format) problems.push(`--format ${given.format}: is none of ${FORMATS.join(', ')}`);
  if (format === 'table' && given.out !== undefined)
    problems.push(
      `--out ${given.out}: a file has its format by --format or its extension (${OUT_FORMATS.join(', ')})`,
    );
  if (format === 'parquet' && given.out === undefined) problems.push('--format parquet: needs --out FILE');
  return problems.length > 0 || !asked || !format ? { problems } : { asked, format };
}

function askedOf(word: string | undefined, given: Given): Asked | undefined {
  const ways = [word, given.file, given.list, given['after-run']].filter((way) => way !== undefined);
  if (ways.length !== 1) return undefined;
  if (given.list !== undefined) return { kind: 'list' };
  const runId = given['after-run'];
  if (runId !== undefined) return { kind: 'after-run', runId };
  if (given.file !== undefined) return { kind: 'file', file: given.file };
  if (!/^[\w-]+$/.test(word!)) return { kind: 'sql', sql: word! };
  const parameters = Object.fromEntries(
    PARAMETERS.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])),
  );
  return { kind: 'question', name: word!, parameters };
}

function afterRunProblems(runId: string, { format, out }: Given): string[] {
  const problems: string[] = [];
  if (!/^(\d{9,11}|latest)$/.test(runId))
    problems.push(`--after-run ${runId}: is neither the id of a run, an epoch second, nor latest`);
  for (const [name, value] of Object.entries({ format, out }))
    if (value !== undefined) problems.push(`--${name} ${value}: results of a run lie beside the archive`);
  return problems;
}

function formatOf({ format, out }: Given): Format | undefined {
  const name = format ?? (out === undefined ? 'table' : extname(out).slice(1).toLowerCase());
  return FORMATS.find((f) => f === name) ?? (format === undefined ? 'table' : undefined);
}
