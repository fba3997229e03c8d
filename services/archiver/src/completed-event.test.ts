import { UnreadableMessage } from '@github-repo-stats/shared/messages';
import { expect, it } from 'vitest';
import { runOfEvent } from './completed-event.ts';

const event = {
  type: 'GithubStats.RunCompleted',
  id: '1611127298.1',
  data: { runInfoId: '1611127298', more: 1 },
};

it('names the run', () => {
  expect(runOfEvent(event, 'm')).toBe('1611127298');
});

it.each([undefined, 'text', { ...event, type: 'Another' }, { ...event, data: { runInfoId: '../x' } }])(
  'is refused by the name of the message and the field: %j',
  (body) => {
    expect(() => runOfEvent(body, 'm-1')).toThrow(UnreadableMessage);
    expect(() => runOfEvent(body, 'm-1')).toThrow('Message m-1 cannot be understood: ');
  },
);
