import { expect, test } from 'vitest';
import { readArguments } from './arguments.ts';

const problemsOf = (...argv: string[]): string[] => {
  try {
    readArguments(argv);
  } catch (error) {
    return (error as Error).message.split('\n').slice(1, -1);
  }
  return [];
};

test('a start without options has the defaults', () => {
  expect(readArguments(['start'])).toEqual({
    command: 'start',
    sources: 'sources.json',
    repos: undefined,
    faults: undefined,
    data: '.data',
    out: undefined,
    telemetry: undefined,
    json: false,
    archive: false,
    analyse: false,
    estimate: false,
    run: undefined,
    azure: false,
    deadLetters: { kind: 'list' },
    api: 'http://127.0.0.1:7071',
    query: undefined,
  });
});

test('restore takes the id of one run, and where it goes', () => {
  expect(readArguments(['restore', '1795459801', '--data', 'd'])).toMatchObject({
    command: 'restore',
    run: '1795459801',
    data: 'd',
    azure: false,
  });
  expect(problemsOf('restore')).toEqual(['  - restore: needs the id of a run']);
  expect(problemsOf('restore', 'last', 'more', '--azure', '--data', 'd', '--out', 'x')).toEqual([
    '  - last: is not the id of a run, an epoch second',
    '  - more: is not expected here',
    '  - --out: is not an option of restore',
    '  - --data d: is not read with --azure',
  ]);
});

test('query takes a question with its parameters, SQL, or a file, and says in what form the answer comes', () => {
  const ordered = (...argv: string[]) => readArguments(['query', ...argv]).query;
  expect(ordered('growth', '--by', 'language', '--from', '2026-01-01')).toEqual({
    asked: { kind: 'question', name: 'growth', parameters: { by: 'language', from: '2026-01-01' } },
    format: 'table',
  });
  expect(ordered('select 1', '--out', 'x.CSV')).toEqual({
    asked: { kind: 'sql', sql: 'select 1' },
    format: 'csv',
  });
  expect(ordered('--file', 'my.sql', '--format', 'ndjson')).toEqual({
    asked: { kind: 'file', file: 'my.sql' },
    format: 'ndjson',
  });
  expect(ordered('--list')).toEqual({ asked: { kind: 'list' }, format: 'table' });
  const ways = '  - query: needs one of a question, SQL between quotes, --file, --list or --after-run';
  expect(problemsOf('query')).toEqual([ways]);
  expect(problemsOf('query', 'growth', '--list')).toEqual([ways]);
  expect(problemsOf('query', 'select', '1', '--repos', '3')).toEqual([
    '  - --repos: is not an option of query',
    '  - 1: is not expected here (SQL stands between quotes)',
  ]);
  expect(problemsOf('query', 'select 1', '--days', '3', '--format', 'parquet')).toEqual([
    '  - --days 3: is a parameter of questions',
    '  - --format parquet: needs --out FILE',
  ]);
  expect(ordered('--after-run', '1795459801')?.asked).toEqual({ kind: 'after-run', runId: '1795459801' });
  expect(problemsOf('query', '--after-run', 'last', '--format', 'csv')).toEqual([
    '  - --after-run last: is neither the id of a run, an epoch second, nor latest',
    '  - --format csv: results of a run lie beside the archive',
  ]);
  expect(problemsOf('query', 'growth', '--format', 'xml')).toEqual([
    '  - --format xml: is none of table, csv, json, ndjson, parquet',
  ]);
  expect(problemsOf('query', 'growth', '--out', 'x.txt')).toEqual([
    '  - --out x.txt: a file has its format by --format or its extension (csv, json, ndjson, parquet)',
  ]);
});

test('deadletters takes words of its own, and only its options', () => {
  expect(
    readArguments(['deadletters', 'discard', 'write', '7', '--api', 'https://x', '--json']),
  ).toMatchObject({
    command: 'deadletters',
    deadLetters: { kind: 'discard', queue: 'write', number: '7' },
    api: 'https://x',
    json: true,
  });
  expect(problemsOf('deadletters', 'resubmit', 'nowhere', '--data', 'd', '--numbers', '1')).toEqual([
    '  - --data: is not an option of deadletters',
    '  - nowhere: is not a queue (resolve, fetch, write, archive)',
  ]);
  expect(problemsOf('start', '--numbers', '1')).toEqual(['  - --numbers: is not an option of start']);
});

test('every option is read, with = or without', () => {
  const argv = [
    'start',
    '--sources=a.json',
    '--repos',
    '60',
    '--faults',
    'f.json',
    '--data',
    'd',
    '--out',
    'o.CSV',
    '--json',
    '--telemetry=t.ndjson',
  ];
  expect(readArguments(['start', '--estimate'])).toMatchObject({ estimate: true });
  expect(readArguments(['serve', '--archive', '--analyse'])).toMatchObject({ archive: true, analyse: true });
  expect(readArguments(argv)).toMatchObject({
    sources: 'a.json',
    repos: 60,
    faults: 'f.json',
    data: 'd',
    out: 'o.CSV',
    json: true,
    telemetry: 't.ndjson',
  });
});

test.each([[[]], [['--help']], [['start', '-h']]])('%j shows the help', (argv) => {
  expect(readArguments(argv).command).toBe('help');
});

test('all problems are told at once', () => {
  expect(
    problemsOf(
      'start',
      'more',
      '--nope',
      '--repos',
      'many',
      '--json=yes',
      '--out',
      '/no/such/folder/x.csv',
      '--data',
    ),
  ).toEqual([
    '  - more: is not expected here',
    '  - --nope: is not an option of start',
    '  - --json: takes no value',
    '  - --data: needs a value',
    '  - --repos many: is not a whole number from 1 to 5000000',
    '  - --out /no/such/folder/x.csv: there is no folder /no/such/folder',
  ]);
});

test.each([
  [['start', '--telemetry', '/no/such/x'], '  - --telemetry /no/such/x: there is no folder /no/such'],
  [['truth', '--telemetry', 'x'], '  - --telemetry: is not an option of truth'],
  [['start', '--estimate', '--telemetry', 'x'], '  - --telemetry x: an estimate makes no run to tell of'],
  [['begin'], '  - begin: is not a command (start, serve, truth, deadletters, restore, query)'],
  [['start', '--out', 'x.xlsx'], '  - --out x.xlsx: its extension must be .json, .ndjson, .csv'],
  [['start', '--sources', '--json'], '  - --sources: needs a value'],
  [['start', '--sources='], '  - --sources: its value is empty'],
  [['start', '--repos', '0'], '  - --repos 0: is not a whole number from 1 to 5000000'],
  [['start', '--estimate', '--out', 'x.csv'], '  - --out x.csv: an estimate collects no statistics'],
  [['serve', '--analyse'], '  - --analyse: needs --archive, beside which the results lie'],
  [['start', '--estimate', '--analyse'], '  - --analyse: an estimate makes no run to analyse'],
  [['query', '--list', '--analyse'], '  - --analyse: is not an option of query'],
  [['serve', '--estimate'], '  - --estimate: is not an option of serve'],
  [['truth', '--json'], '  - --json: is not an option of truth'],
])('%j is refused', (argv, problem) => {
  expect(problemsOf(...argv)).toEqual([problem]);
});
