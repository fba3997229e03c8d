/** Rows as a table for people, and the list of ready questions. */
import { QUESTIONS } from '@github-repo-stats/analytics/questions';
import type { Rows } from '@github-repo-stats/analytics/open-analytics';
import { count } from './words.ts';

/** Longer texts are cut: a table is to be looked at. */
const WIDEST = 60;

const cell = (value: Rows['rows'][number][number]): string => {
  if (value === null) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > WIDEST ? `${line.slice(0, WIDEST - 1)}…` : line;
};

/** Numbers to the right. */
export function tableText({ columns, numeric, rows, more }: Rows): string {
  const cells = [columns, ...rows.map((row) => row.map(cell))];
  const widths = columns.map((_, i) => Math.max(...cells.map((row) => row[i]!.length)));
  const line = (row: readonly string[]): string =>
    row
      .map((text, i) => (numeric[i] ? text.padStart(widths[i]!) : text.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd();
  const [head = [], ...body] = cells;
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  const rest = more ? [`… and more: --format csv gives all.`] : [];
  const many = `(${count(rows.length)} ${rows.length === 1 ? 'row' : 'rows'})`;
  return [line(head), rule, ...body.map(line), ...rest, many].join('\n');
}

export const questionsText = (): string =>
  QUESTIONS.map(({ name, title, tells, parameters }) => {
    const options = Object.keys(parameters).map((parameter) => `--${parameter}`);
    return `${[name, ...options].join(' ')}\n    ${title}. ${tells}`;
  }).join('\n');
