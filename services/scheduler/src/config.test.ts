import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

const needed = {
  CosmosDB_Endpoint: 'https://account.documents.azure.com/',
  ServiceBusConnection__fullyQualifiedNamespace: 'bus.servicebus.windows.net',
};

describe('the settings of the scheduler', () => {
  it('run every six hours unless they say otherwise', () => {
    expect(readConfig(needed).RunSchedule).toBe('0 0 */6 * * *');
    expect(readConfig({ ...needed, RunSchedule: ' ' }).RunSchedule).toBe('0 0 */6 * * *');
  });

  it('refuse a schedule that the host could not read', () => {
    expect(() => readConfig({ ...needed, RunSchedule: '0 */6 * * *' })).toThrow(/RunSchedule/);
  });

  it('need no credential, but refuse one that cannot be used', () => {
    expect(readConfig(needed).Github_Token).toBeUndefined();
    expect(readConfig({ ...needed, Github_Token: 'secret' }).Github_Token).toBe('secret');
    const twice = { Github_Token: 'secret', Github_Credentials: '[{"name": "other", "token": "secret"}]' };
    expect(() => readConfig({ ...needed, ...twice })).toThrow(/other is the same token as Github_Token/);
  });

  it('name a missing way to Service Bus and a wrong schedule in one error', () => {
    const { CosmosDB_Endpoint } = needed;
    expect(() => readConfig({ CosmosDB_Endpoint, RunSchedule: 'daily' })).toThrow(
      /ServiceBusConnection[^]*RunSchedule/,
    );
  });
});
