/** Which namespace the conformance suites run against, by the environment. */
import { describe, expect, it } from 'vitest';
import { NAMESPACE_VARIABLES, namespaceOf } from './conformance-namespace.ts';

const { connection, host } = NAMESPACE_VARIABLES;

describe('the namespace of the conformance suites', () => {
  it('is none unless the environment names one', () => {
    expect(namespaceOf({})).toBeUndefined();
    expect(namespaceOf({ [connection]: ' ', [host]: '' })).toBeUndefined();
  });

  it('is opened with a connection string, or by identity', () => {
    expect(namespaceOf({ [connection]: 'Endpoint=sb://x/;…' })).toEqual({
      connectionString: 'Endpoint=sb://x/;…',
    });
    expect(namespaceOf({ [host]: ' stats.servicebus.windows.net ' })).toEqual({
      host: 'stats.servicebus.windows.net',
    });
  });

  it.each(['sb://stats.servicebus.windows.net/', 'stats', 'Endpoint=sb://stats.servicebus.windows.net/'])(
    'is not %s',
    (name) => {
      expect(() => namespaceOf({ [host]: name })).toThrow(`${host} is not a host name`);
    },
  );

  it('is not two at once', () => {
    const both = { [connection]: 'Endpoint=sb://x/', [host]: 'stats.servicebus.windows.net' };
    expect(() => namespaceOf(both)).toThrow('both set');
  });
});
