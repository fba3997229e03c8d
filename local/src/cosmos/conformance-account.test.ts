/** Which account the conformance suites run against, by the environment. */
import { describe, expect, it } from 'vitest';
import { ACCOUNT_VARIABLES, accountOf } from './conformance-account.ts';

const endpoint = 'https://store.documents.azure.com:443/';
const resourceId = '/subscriptions/s/resourceGroups/g/providers/Microsoft.DocumentDB/databaseAccounts/store';
const named = (values: Partial<Record<keyof typeof ACCOUNT_VARIABLES, string>>) =>
  accountOf(
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [
        ACCOUNT_VARIABLES[name as keyof typeof ACCOUNT_VARIABLES],
        value,
      ]),
    ),
  );

describe('the account of the conformance suites', () => {
  it('is none unless the environment names one', () => {
    expect(named({})).toBeUndefined();
    expect(named({ endpoint: '', key: ' ' })).toBeUndefined();
  });

  it('is opened with its key, or by identity', () => {
    expect(named({ endpoint, key: 'k' })).toEqual({ endpoint, key: 'k' });
    expect(named({ endpoint, resourceId })).toEqual({ endpoint, resourceId });
  });

  it.each([
    ['an endpoint alone', { endpoint }],
    ['a key alone', { key: 'k' }],
    ['both', { endpoint, key: 'k', resourceId }],
  ])('is not %s', (_name, values) => {
    expect(() => named(values)).toThrow('COSMOS_CONFORMANCE_ENDPOINT with either');
  });

  it('is not one of another kind', () => {
    const other = resourceId.replace('DocumentDB/databaseAccounts', 'Storage/storageAccounts');
    expect(() => named({ endpoint, resourceId: other })).toThrow('is not the resource id of an account');
  });
});
