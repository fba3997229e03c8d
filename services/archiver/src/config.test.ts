import { expect, it } from 'vitest';
import { readConfig } from './config.ts';

const BUS = { ServiceBusConnection: 'Endpoint=sb://x/', CosmosDB_Endpoint: 'https://x' };

it('needs a container, and signs in as itself without a key', () => {
  const config = readConfig({ ...BUS, Archive_Url: 'https://a.blob.core.windows.net/archive' });
  expect(config).toMatchObject({ Archive_Key: undefined, CosmosDB_RetentionDays: 40 });
});

it('names everything that is wrong', () => {
  expect(() => readConfig({})).toThrow(
    /CosmosDB_Endpoint: is not set\n[^]*ServiceBusConnection: is not set[^]*Archive_Url: is not set/,
  );
  expect(() => readConfig({ ...BUS, Archive_Url: 'https://a.blob.core.windows.net/' })).toThrow(
    'Archive_Url: names no container',
  );
  expect(() => readConfig({ ...BUS, Archive_Url: 'archive', CosmosDB_RetentionDays: 'never' })).toThrow(
    /CosmosDB_RetentionDays: is not a whole number[^]*Archive_Url: is not an http\(s\) address/,
  );
});
