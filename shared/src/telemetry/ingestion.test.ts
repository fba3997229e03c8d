import { describe, expect, it } from 'vitest';
import { exporterOptions } from './ingestion.ts';

const KEY = 'InstrumentationKey=01234567-89ab-cdef-0123-456789abcdef';

describe('Application Insights is reached', () => {
  it.each([
    `${KEY};IngestionEndpoint=https://westeurope-5.in.applicationinsights.azure.com/;LiveEndpoint=https://x.example/`,
    KEY,
    `${KEY};IngestionEndpoint=https://http.example/http://`,
  ])('with an identity, over TLS alone, at %s', (connectionString) => {
    const options = exporterOptions(connectionString);
    expect(options).toMatchObject({ connectionString, disableOfflineStorage: true });
    expect(options.credential).toHaveProperty('getToken');
    expect(options).not.toHaveProperty('endpoint');
    expect(options).not.toHaveProperty('allowInsecureConnection');
  });

  it.each([
    `${KEY};IngestionEndpoint=http://127.0.0.1:7083/`,
    `${KEY}; ingestionendpoint= http://127.0.0.1:7083 ;ApplicationId=x`,
  ])('without one where it is embedded, at %s', (connectionString) => {
    const options = exporterOptions(connectionString);
    expect(options).toMatchObject({ endpoint: 'http://127.0.0.1:7083/v2.1', allowInsecureConnection: true });
    expect(options).not.toHaveProperty('credential');
  });
});
