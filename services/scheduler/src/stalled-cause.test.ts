import { describe, expect, it } from 'vitest';
import { lookAt, stalledCause } from './stalled-cause.ts';

describe('the cause of a stalled run', () => {
  it('names each queue with its messages, those of the run and its dead letters', () => {
    const text = stalledCause([
      { queue: 'resolve', waiting: 0, ofRun: 0, dead: 0 },
      { queue: 'fetch', waiting: 12, ofRun: 2, dead: 1 },
      { queue: 'write', waiting: 100, ofRun: 100, dead: 100 },
    ]);
    expect(text).toBe(
      'Nothing was resolved, fetched or written. resolve has no message and no dead letter; fetch has 12 messages (2 of this run) and 1 dead letter; write has 100 messages or more (100 of this run) and 100 dead letters or more.',
    );
  });

  it('is that a queue cannot be looked at, where that is so, by its code and no word more', async () => {
    const away = Object.assign(new Error('Endpoint=sb://secret'), { code: 'ServiceCommunicationProblem' });
    const sight = await lookAt({ use: () => Promise.reject(away) }, 'fetch', '1');
    expect(stalledCause([sight])).toContain('fetch cannot be looked at (ServiceCommunicationProblem).');
    expect(stalledCause([sight])).not.toContain('secret');
  });
});
