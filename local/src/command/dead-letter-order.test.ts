import { expect, test } from 'vitest';
import { readDeadLetterOrder } from './dead-letter-order.ts';

test.each([
  [[], undefined, { kind: 'list' }],
  [['list'], undefined, { kind: 'list' }],
  [['resubmit', 'fetch'], undefined, { kind: 'resubmit', queue: 'fetch' }],
  [['resubmit', 'write'], '1, 22', { kind: 'resubmit', queue: 'write', numbers: ['1', '22'] }],
  [['discard', 'resolve', '7'], undefined, { kind: 'discard', queue: 'resolve', number: '7' }],
])('%j with numbers %j', (words, numbers, order) => {
  expect(readDeadLetterOrder(words, numbers)).toEqual(order);
});

const queues = '(resolve, fetch, write, archive)';
test.each([
  [['remove'], undefined, ['remove: is none of list, resubmit, discard']],
  [['list', 'fetch'], '1', ['--numbers 1: is for resubmit alone', 'fetch: is not expected here']],
  [['resubmit'], undefined, [`resubmit: needs a queue ${queues}`]],
  [['resubmit', 'toString'], undefined, [`toString: is not a queue ${queues}`]],
  [['resubmit', 'fetch', '7'], undefined, ['7: is not expected here']],
  [
    ['resubmit', 'fetch'],
    '1,two,,-3',
    ['two', 'an empty one', '-3'].map((n) => `--numbers: ${n} is not the number of a letter`),
  ],
  [['resubmit', 'fetch'], '1,'.repeat(500) + '1', ['--numbers: names 501 letters, more than 500']],
  [['discard', 'fetch'], undefined, ['discard: needs the number of a letter, as the list shows it']],
  [
    ['discard', 'nowhere', 'x', 'y'],
    '1',
    [
      '--numbers 1: is for resubmit alone',
      `nowhere: is not a queue ${queues}`,
      'x: is not the number of a letter',
      'y: is not expected here',
    ],
  ],
])('%j with numbers %j is refused, with every problem', (words, numbers, problems) => {
  expect(readDeadLetterOrder(words, numbers)).toEqual({ problems });
});
