/** Which configurations are read, and how, and which are refused by name. */
import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';
import { ConfigError } from './errors.ts';

const withQueue = (queue: unknown, more = {}) => ({
  UserConfig: { Namespaces: [{ Name: 'sbemulatorns', Queues: [queue], ...more }] },
});

const withProperties = (properties: unknown) => withQueue({ Name: 'q', Properties: properties });

describe('a configuration', () => {
  it('is read as the official emulator writes it', () => {
    const config = {
      ...withProperties({
        DeadLetteringOnMessageExpiration: true,
        DefaultMessageTimeToLive: 'P14DT1H',
        DuplicateDetectionHistoryTimeWindow: 'PT20S',
        ForwardDeadLetteredMessagesTo: '',
        ForwardTo: '',
        LockDuration: 'PT1M30.5S',
        MaxDeliveryCount: 3,
        RequiresDuplicateDetection: true,
        RequiresSession: true,
      }),
    };
    const logged = { UserConfig: { ...config.UserConfig, Logging: { Type: 'File' } } };
    expect(readConfig(logged)).toEqual([
      {
        name: 'q',
        lockDuration: 90_500,
        maxDeliveryCount: 3,
        requiresSession: true,
        duplicateWindow: 20_000,
        timeToLive: (14 * 24 + 1) * 3_600_000,
        deadLetterOnExpiration: true,
        durationScale: 1,
      },
    ]);
  });

  it('gets the defaults of Azure', () => {
    expect(readConfig(withQueue({ Name: 'q' }))).toEqual([
      {
        name: 'q',
        lockDuration: 60_000,
        maxDeliveryCount: 10,
        requiresSession: false,
        duplicateWindow: 0,
        timeToLive: Infinity,
        deadLetterOnExpiration: false,
        durationScale: 1,
      },
    ]);
  });

  it('is scaled in its durations', () => {
    const config = withProperties({ RequiresDuplicateDetection: true, DefaultMessageTimeToLive: 'PT1H' });
    expect(readConfig(config, 0.05)).toMatchObject([
      { lockDuration: 3000, duplicateWindow: 30_000, timeToLive: 180_000 },
    ]);
    expect(readConfig(withQueue({ Name: 'q' }), 1 / 7000)).toMatchObject([{ lockDuration: 9 }]);
  });

  it.each([
    ['no namespace', { UserConfig: { Namespaces: [] } }, 'exactly one namespace'],
    [
      'topics',
      withQueue({ Name: 'q' }, { Topics: [{ Name: 't' }] }),
      'topics and their subscriptions are not supported',
    ],
    ['forwarding', withProperties({ ForwardTo: 'other' }), 'Forwarding is not supported'],
    ['partitions', withProperties({ EnablePartitioning: true }), 'EnablePartitioning'],
    ['a wrong duration', withProperties({ LockDuration: '1 minute' }), 'not an ISO 8601 duration'],
    ['an empty duration', withProperties({ LockDuration: 'PT' }), 'not an ISO 8601 duration'],
    ['months', withProperties({ DefaultMessageTimeToLive: 'P1M' }), 'not an ISO 8601 duration'],
    ['a lock too long', withProperties({ LockDuration: 'PT6M' }), '5 seconds to 5 minutes'],
    ['no deliveries', withProperties({ MaxDeliveryCount: 0 }), 'MaxDeliveryCount'],
    ['a number as text', withProperties({ MaxDeliveryCount: '10' }), 'MaxDeliveryCount'],
    ['a bad name', withQueue({ Name: '/q' }), 'is not a queue name'],
    ['nothing at all', undefined, 'expected object'],
  ])('with %s is refused by name', (_what, config, words) => {
    expect(() => readConfig(config)).toThrow(ConfigError);
    expect(() => readConfig(config)).toThrow(words);
  });

  it('names every problem with its path, at once', () => {
    const both = withProperties({ LockDuration: 'x', MaxDeliveryCount: -1 });
    expect(() => readConfig(both)).toThrow(
      /UserConfig\.Namespaces\[0\]\.Queues\[0\]\.Properties\.LockDuration[^]*Properties\.MaxDeliveryCount/,
    );
  });

  it('has each queue once, in whatever case, and a scale above zero', () => {
    const twice = withQueue({ Name: 'q' });
    twice.UserConfig.Namespaces[0]!.Queues.push({ Name: 'Q' });
    expect(() => readConfig(twice)).toThrow("'q' is there twice");
    expect(() => readConfig(withQueue({ Name: 'q' }), 0)).toThrow('durationScale');
    expect(() => readConfig(withQueue({ Name: 'q' }), NaN)).toThrow('durationScale');
  });
});
