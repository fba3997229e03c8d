import { expect, test } from 'vitest';
import type { LogLevel } from './core-types.ts';
import { createLogger, type LogRecord } from './log.ts';

function logger(levels: [string, LogLevel][]) {
  const records: LogRecord[] = [];
  return { records, log: createLogger('app', new Map(levels), (record) => records.push(record)) };
}

test('the longest category prefix in host.json decides what is written', () => {
  const { records, log } = logger([
    ['default', 'warning'],
    ['function', 'information'],
    ['function.fetch.user', 'debug'],
  ]);
  log.app('debug', 'user', 'fetch debug', { function: 'fetch' });
  log.app('debug', 'user', 'other debug', { function: 'other' });
  log.app('information', 'user', 'other info', { function: 'other' });
  log.host('information', 'host info');
  log.host('warning', 'host warning');
  expect(records.map(({ message }) => message)).toEqual(['fetch debug', 'other info', 'host warning']);
});

test('a JSON object with a message becomes fields; any other text stays text', () => {
  const { records, log } = logger([]);
  log.app('information', 'user', '{"message":"static","runId":1}');
  log.app('information', 'user', '{"runId":1}');
  log.app('information', 'user', '{"message":');
  log.app('information', 'user', '["message"]');
  expect(records[0]).toMatchObject({ message: 'static', runId: 1 });
  expect(records.slice(1).map(({ message }) => message)).toEqual([
    '{"runId":1}',
    '{"message":',
    '["message"]',
  ]);
});

test('fields cannot pass for what the host says about the record', () => {
  const { records, log } = logger([]);
  log.app(
    'error',
    'user',
    '{"message":"m","level":"information","app":"other","time":"never","batchId":"b"}',
  );
  expect(records[0]).toMatchObject({
    level: 'error',
    app: 'app',
    batchId: 'b',
    fields: { level: 'information', app: 'other', time: 'never' },
  });
});
