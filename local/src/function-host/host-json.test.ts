import { expect, test } from 'vitest';
import { readHostOptions } from './host-json.ts';

function read(hostJson: object, settings: Record<string, string> = {}) {
  const problems: string[] = [];
  return {
    options: readHostOptions({ version: '2.0', ...hostJson }, settings, (problem) => problems.push(problem)),
    problems,
  };
}

test('defaults are those of Azure', () => {
  const { options, problems } = read({});
  expect(problems).toEqual([]);
  expect(options).toMatchObject({
    functionTimeoutMs: 1_800_000,
    routePrefix: 'api',
    serviceBus: {
      prefetchCount: 0,
      autoCompleteMessages: true,
      maxAutoLockRenewalMs: 300_000,
      maxConcurrentSessions: 8,
      sessionIdleTimeoutMs: 60_000,
    },
  });
});

test('values are read, negative renewal and timeout -1 mean for ever', () => {
  const { options } = read({
    functionTimeout: '-1',
    extensions: {
      http: { routePrefix: '' },
      serviceBus: {
        maxAutoLockRenewalDuration: '-00:00:00.0010000',
        sessionIdleTimeout: '00:00:05',
        maxConcurrentSessions: 2,
      },
    },
    logging: { logLevel: { default: 'Warning', 'Function.Fetch.User': 'Debug' } },
  });
  expect(options.functionTimeoutMs).toBe(Infinity);
  expect(options.routePrefix).toBe('');
  expect(options.serviceBus).toMatchObject({
    maxAutoLockRenewalMs: Infinity,
    sessionIdleTimeoutMs: 5000,
    maxConcurrentSessions: 2,
  });
  expect(options.logLevels).toEqual(
    new Map([
      ['default', 'warning'],
      ['function.fetch.user', 'debug'],
    ]),
  );
});

test('an AzureFunctionsJobHost__ setting wins over the file, whatever its case', () => {
  const hostJson = { extensions: { serviceBus: { maxConcurrentSessions: 2 } } };
  const { options } = read(hostJson, {
    AzureFunctionsJobHost__extensions__serviceBus__maxConcurrentSessions: '5',
    AzureFunctionsJobHost__functionTimeout: '00:00:02',
    AzureFunctionsJobHost__logging__logLevel__default: 'Error',
  });
  expect(options.serviceBus.maxConcurrentSessions).toBe(5);
  expect(options.functionTimeoutMs).toBe(2000);
  expect(options.logLevels.get('default')).toBe('error');
});

test.each([
  [
    { extensions: { serviceBus: { transportType: 'amqpWebSockets' } } },
    'extensions.servicebus.transporttype',
  ],
  [
    { extensions: { serviceBus: { maxConcurrentCallsPerSession: 2 } } },
    'maxConcurrentCallsPerSession above 1',
  ],
  [{ extensions: { serviceBus: { noSuchKey: 1 } } }, 'extensions.servicebus.nosuchkey'],
  [{ extensions: { http: { hsts: { isEnabled: true } } } }, 'extensions.http.hsts'],
  [{ concurrency: { dynamicConcurrencyEnabled: true } }, 'dynamicConcurrencyEnabled'],
  [{ extensions: { serviceBus: { maxConcurrentSessions: 0 } } }, 'expected a whole number from 1'],
  [{ functionTimeout: 'soon' }, 'expected a time span'],
  [{ logging: { logLevel: { default: 'Loud' } } }, 'is no log level'],
  [{ version: '3.0' }, 'only "2.0"'],
])('%j is refused by name', (hostJson, words) => {
  expect(read(hostJson).problems).toEqual([expect.stringContaining(words)]);
});
