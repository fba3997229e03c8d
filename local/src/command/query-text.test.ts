import { expect, test } from 'vitest';
import { questionsText, tableText } from './query-text.ts';

test('rows are a table: numbers to the right, one line each, and what is long is cut', () => {
  const text = tableText({
    columns: ['repo', 'stars', 'names'],
    numeric: [false, true, false],
    rows: [
      ['acme/api', 12, ['acme/a', 'acme/api']],
      ['a\nb', null, 'x'.repeat(100)],
    ],
    more: true,
  });
  expect(text.split('\n')).toEqual([
    'repo      stars  names',
    `--------  -----  ${'-'.repeat(60)}`,
    'acme/api     12  ["acme/a","acme/api"]',
    `a b              ${'x'.repeat(59)}…`,
    '… and more: --format csv gives all.',
    '(2 rows)',
  ]);
});

test('the questions are listed with their parameters', () => {
  expect(questionsText()).toMatch(/^growth --by --from --to --limit\n {4}Growth\. Per organisation/);
});
