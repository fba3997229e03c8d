import { expect, it } from 'vitest';
import { UnreadableMessage } from '../messages.ts';
import { eventEnvelope, parseEvent, runOfEvent } from './completed-event.ts';

const event = {
  type: 'GithubStats.RunCompleted',
  id: '1611127298.1',
  data: { runInfoId: '1611127298', more: 1 },
};

it('names the run', () => {
  expect(runOfEvent(parseEvent(event, 'm'))).toBe('1611127298');
});

it('is sent once more with all that it held, to a queue without sessions', () => {
  const envelope = eventEnvelope(parseEvent(event, 'm'));
  expect(envelope).toMatchObject({ body: event, messageId: '1611127298' });
  expect(envelope).not.toHaveProperty('sessionId');
});

it.each([undefined, 'text', { ...event, type: 'Another' }, { ...event, data: { runInfoId: '../x' } }])(
  'is refused by the name of the message and the field: %j',
  (body) => {
    expect(() => parseEvent(body, 'm-1')).toThrow(UnreadableMessage);
    expect(() => parseEvent(body, 'm-1')).toThrow('Message m-1 cannot be understood: ');
  },
);
