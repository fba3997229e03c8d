import { expect, it } from 'vitest';
import { errorFields, logTo } from './log.ts';

it('a log entry is one JSON object, its static text first', () => {
  const lines: string[] = [];
  const context = { info: (m: string) => void lines.push(m), warn: () => undefined, error: () => undefined };
  logTo(context)('info', 'what a quiet run misses was sent again', { runId: '1', messages: 2 });
  logTo(context)('info', 'message handled', {
    queue: 'fetch',
    messageId: 'm',
    runId: undefined,
    delivery: 1,
    waited: 0.5,
    seconds: 2,
    result: 'completed',
  });
  expect(lines).toEqual([
    '{"message":"what a quiet run misses was sent again","runId":"1","messages":2}',
    '{"message":"message handled","queue":"fetch","messageId":"m","delivery":1,"waited":0.5,"seconds":2,"result":"completed"}',
  ]);
});

it('an entry takes the fields that it is defined with, and no other', () => {
  const log = logTo({ info: () => undefined, warn: () => undefined, error: () => undefined });
  // @ts-expect-error -- there is no such entry
  log('info', 'no such entry', {});
  // @ts-expect-error -- a field is missing
  log('info', 'dead letter', { queue: 'fetch', messageId: 'm' });
  // @ts-expect-error -- a field of another kind
  log('info', 'dead letter', { queue: 'fetch', messageId: 1, reason: 'r' });
  // @ts-expect-error -- a field too many
  log('info', 'dead letter', { queue: 'fetch', messageId: 'm', reason: 'r', token: 'x' });
  expect(() => log('info', 'dead letter', { queue: 'fetch', messageId: 'm', reason: 'r' })).not.toThrow();
});

it('an error is told by name, code, message and causes as texts, never by its properties, which may hold requests', () => {
  const cause = new Error('closed', { cause: new Error('reset') });
  const error = Object.assign(new TypeError('no answer', { cause }), {
    code: 503,
    request: { headers: { authorization: 'bearer secret' } },
  });
  expect(errorFields(error)).toEqual({
    error: 'no answer',
    errorName: 'TypeError',
    errorCode: '503',
    cause: 'closed',
  });
  expect(errorFields(Object.assign(new Error('x'), { code: { nested: 1 } }))).toEqual({
    error: 'x',
    errorName: 'Error',
  });
});

it('a long message is cut, and what is no error is told as text', () => {
  expect(String(errorFields(new Error('x'.repeat(5_000))).error)).toHaveLength(1_000);
  expect(errorFields('bare')).toEqual({ error: 'bare' });
});

it.each([undefined, null])('%s may be thrown too', (value) => {
  expect(errorFields(value)).toEqual({ error: String(value) });
});
