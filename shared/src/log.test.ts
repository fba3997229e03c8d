import { expect, it } from 'vitest';
import { errorFields, logTo } from './log.ts';

it('a log entry is one JSON object, its static text first', () => {
  const lines: string[] = [];
  const context = { info: (m: string) => void lines.push(m), warn: () => undefined, error: () => undefined };
  logTo(context)('info', 'batch written', { runId: '1', ru: 2.5 });
  logTo(context)('info', 'without fields');
  expect(lines).toEqual(['{"message":"batch written","runId":"1","ru":2.5}', '{"message":"without fields"}']);
});

it('an error is told by name, code, message and causes, never by its properties, which may hold requests', () => {
  const cause = new Error('closed', { cause: new Error('reset') });
  const error = Object.assign(new TypeError('no answer', { cause }), {
    code: 503,
    request: { headers: { authorization: 'bearer secret' } },
  });
  expect(errorFields(error)).toEqual({
    error: 'no answer',
    errorName: 'TypeError',
    errorCode: 503,
    cause: 'closed',
  });
});

it('a long message is cut, and what is no error is told as text', () => {
  expect(String(errorFields(new Error('x'.repeat(5_000))).error)).toHaveLength(1_000);
  expect(errorFields('bare')).toEqual({ error: 'bare' });
});

it.each([undefined, null])('%s may be thrown too', (value) => {
  expect(errorFields(value)).toEqual({ error: String(value) });
});
