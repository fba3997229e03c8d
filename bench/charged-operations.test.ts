import { describe, expect, it } from 'vitest';
import { operationsOf, type Exchange } from './charged-operations.ts';

const exchange = (more: Partial<Exchange>): Exchange => ({
  method: 'POST',
  url: '/dbs/db/colls/run-info/docs',
  headers: { 'content-type': 'application/json' },
  body: '',
  answer: { status: 201, charge: 7, text: '{}' },
  ...more,
});

describe('what a request to Cosmos DB did', () => {
  it('tells creates, upserts and replaces with what was sent', () => {
    const document = { id: 'outcome.b-s00001-00001-1', created: 1 };
    const body = JSON.stringify(document);
    expect(operationsOf(exchange({ body }))).toEqual([
      {
        container: 'run-info',
        verb: 'create',
        id: document.id,
        type: 'outcome',
        status: 201,
        ru: 7,
        document,
      },
    ]);
    const headers = { 'x-ms-documentdb-is-upsert': 'True' };
    expect(operationsOf(exchange({ body, headers }))).toMatchObject([{ verb: 'upsert', document }]);
    const at = { method: 'PUT', url: '/dbs/db/colls/run-info/docs/outcome.b-s00001-00001-1' };
    expect(operationsOf(exchange({ ...at, body }))).toMatchObject([{ verb: 'replace', id: document.id }]);
  });

  it('tells reads of a run by its number, in run-info alone', () => {
    const read = (url: string) => operationsOf(exchange({ method: 'GET', url }))[0];
    expect(read('/dbs/db/colls/run-info/docs/1611127298')).toMatchObject({ verb: 'read', type: 'run' });
    expect(read('/dbs/db/colls/repo-stats/docs/o.r.1611127298')).toMatchObject({ verb: 'read', type: '' });
  });

  it('tells what a query looks for, as text or parameter', () => {
    const headers = { 'content-type': 'application/query+json' };
    const query = (text: string, value?: string) =>
      operationsOf(
        exchange({
          headers,
          body: JSON.stringify({ query: text, parameters: [{ name: '@type', value }] }),
        }),
      )[0];
    expect(query(`SELECT * FROM c WHERE c.runId = @runId AND c.type = 'rows'`)).toMatchObject({
      verb: 'query',
      type: 'rows',
    });
    expect(query('SELECT SUM(c.created) FROM c WHERE c.type = @type', 'outcome')?.type).toBe('outcome');
  });

  it('tells the change feed from a read, and what is about no document', () => {
    const feed = exchange({ method: 'GET', headers: { 'a-im': 'Incremental feed' } });
    expect(operationsOf(feed)).toMatchObject([{ verb: 'feed' }]);
    expect(operationsOf(exchange({ method: 'GET', url: '/' }))).toMatchObject([
      { container: 'account', verb: 'metadata' },
    ]);
  });

  it('takes a list of operations apart, each with its own charge', () => {
    const operations = [
      { operationType: 'Create', partitionKey: '["o/r"]', resourceBody: { id: 'o.r.1' } },
      { operationType: 'Read', partitionKey: '["o/r"]', id: 'o.r.0' },
    ];
    const results = [
      { statusCode: 409, requestCharge: 1.24 },
      { statusCode: 200, requestCharge: 1, resourceBody: {} },
    ];
    const bulk = exchange({
      url: '/dbs/db/colls/repo-stats/docs',
      headers: { 'x-ms-cosmos-is-batch-request': 'true' },
      body: JSON.stringify(operations),
      answer: { status: 207, charge: 2.24, text: JSON.stringify(results) },
    });
    expect(operationsOf(bulk)).toMatchObject([
      { container: 'repo-stats', verb: 'create', id: 'o.r.1', status: 409, ru: 1.24 },
      { container: 'repo-stats', verb: 'read', id: 'o.r.0', status: 200, ru: 1 },
    ]);
  });

  it('charges a list that was refused as a whole once', () => {
    const operations = [1, 2].map((n) => ({ operationType: 'Create', resourceBody: { id: `d${n}` } }));
    const refused = exchange({
      headers: { 'x-ms-cosmos-is-batch-request': 'true' },
      body: JSON.stringify(operations),
      answer: { status: 429, charge: 0.38, text: '{"code":"429"}' },
    });
    expect(operationsOf(refused).map((o) => [o.status, o.ru])).toEqual([
      [429, 0.38],
      [429, 0],
    ]);
  });
});
