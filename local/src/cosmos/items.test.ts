/** Conformance of single items, patches, batches and bulk, driven by the unmodified SDK. */
import type { Container, OperationInput, PatchRequestBody } from '@azure/cosmos';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failure, localOnly, startTarget, type Target } from './conformance.fixture.ts';

let target: Target;
let container: Container;
beforeAll(async () => {
  target = await startTarget();
  container = await target.container();
});
afterAll(() => target.close());

describe('one item', () => {
  test('is created with system properties and read back as it was written', async () => {
    const item = {
      id: 'größe',
      pk: 'a',
      nested: { list: [1, 'two', null, { deep: true }], text: 'line\n"quoted"' },
    };
    const created = await container.items.create(item);
    expect(created.statusCode).toBe(201);
    expect(created.resource).toMatchObject(item);
    expect(created.resource).toMatchObject({
      _rid: expect.any(String),
      _self: expect.stringContaining('dbs/'),
      _etag: created.etag,
      _attachments: 'attachments/',
      _ts: expect.any(Number),
    });
    const read = await container.item('größe', 'a').read();
    expect(read.statusCode).toBe(200);
    expect(read.resource).toEqual(created.resource);
    expect(read.requestCharge).toBe(1);
  });

  test('a second create of the same id is a 409, in another partition it is another item', async () => {
    await container.items.create({ id: 'twice', pk: 'a' });
    expect(await failure(container.items.create({ id: 'twice', pk: 'a' }))).toMatchObject({ code: 409 });
    expect((await container.items.create({ id: 'twice', pk: 'b' })).statusCode).toBe(201);
  });

  test('what is missing reads as 404 and cannot be replaced, patched or deleted', async () => {
    const missing = container.item('missing', 'a');
    expect((await missing.read()).statusCode).toBe(404);
    expect(await failure(missing.replace({ id: 'missing', pk: 'a' }))).toMatchObject({ code: 404 });
    expect(await failure(missing.patch([{ op: 'set', path: '/v', value: 1 }]))).toMatchObject({ code: 404 });
    expect(await failure(missing.delete())).toMatchObject({ code: 404 });
  });

  test('upsert inserts with 201 and replaces with 200, keeping the resource id', async () => {
    const first = await container.items.upsert({ id: 'upserted', pk: 'a', v: 1 });
    const second = await container.items.upsert({ id: 'upserted', pk: 'a', v: 2 });
    expect([first.statusCode, second.statusCode]).toEqual([201, 200]);
    expect(second.resource).toMatchObject({
      v: 2,
      _rid: (first.resource as { _rid?: string } | undefined)?._rid,
    });
    expect(second.etag).not.toBe(first.etag);
  });

  test('if-match lets exactly one of two writers through', async () => {
    const { etag } = await container.items.create({ id: 'guarded', pk: 'a', v: 0 });
    const write = (v: number) =>
      container
        .item('guarded', 'a')
        .replace({ id: 'guarded', pk: 'a', v }, { accessCondition: { type: 'IfMatch', condition: etag } });
    const outcomes = await Promise.allSettled([write(1), write(2)]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await failure(write(3))).toMatchObject({ code: 412 });
    const stale = { accessCondition: { type: 'IfMatch', condition: etag } };
    expect(await failure(container.item('guarded', 'a').delete(stale))).toMatchObject({ code: 412 });
    expect(await failure(container.items.upsert({ id: 'guarded', pk: 'a' }, stale))).toMatchObject({
      code: 412,
    });
  });

  test('an upsert that inserts ignores if-match; one that may only insert says if-none-match', async () => {
    const item = { id: 'conditions', pk: 'a' };
    const absent = { accessCondition: { type: 'IfMatch', condition: '"none"' } };
    expect((await container.items.upsert(item, absent)).statusCode).toBe(201);
    const insertOnly = { accessCondition: { type: 'IfNoneMatch', condition: '*' } };
    expect(await failure(container.items.upsert(item, insertOnly))).toMatchObject({ code: 412 });
    expect((await container.items.upsert({ ...item, id: 'fresh' }, insertOnly)).statusCode).toBe(201);
  });

  test('if-none-match answers 304 for an unchanged item', async () => {
    const { etag } = await container.items.create({ id: 'cached', pk: 'a' });
    const unchanged = { accessCondition: { type: 'IfNoneMatch', condition: etag } };
    expect((await container.item('cached', 'a').read(unchanged)).statusCode).toBe(304);
    await container.items.upsert({ id: 'cached', pk: 'a', v: 1 });
    expect((await container.item('cached', 'a').read(unchanged)).statusCode).toBe(200);
  });

  test('a partition key other than the item’s is 400 with substatus 1001', async () => {
    const wrong = container.item('wrong', 'a').replace({ id: 'wrong', pk: 'b' });
    expect(await failure(wrong)).toMatchObject({ code: 400, substatus: 1001 });
  });

  test('ids with a slash and items over 2 MB are refused', async () => {
    const slash: OperationInput = { operationType: 'Create', resourceBody: { id: 'a/b', pk: 'y' } };
    const { result } = await container.items.batch([slash], 'y');
    expect(result!.map(({ statusCode }) => statusCode)).toEqual([400]);
    const large = { id: 'large', pk: 'a', text: 'x'.repeat(2 * 1024 * 1024) };
    expect(await failure(container.items.create(large))).toMatchObject({ code: 413 });
    const { text: _text, ...small } = large;
    await container.items.create({ ...small, text: 'é'.repeat(1024 * 1024 - 100) });
  });

  test('items nested deeper than 128 levels are refused', async () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
    const create = (depth: number) =>
      container.items.create({ id: `deep ${depth}`, pk: 'a', v: nested(depth) });
    expect((await create(127)).statusCode).toBe(201);
    expect(await failure(create(128))).toMatchObject({ code: 400 });
  });

  test('partition keys may be numbers, booleans, null or missing', async () => {
    for (const [id, pk] of [
      ['number', 42],
      ['boolean', true],
      ['null', null],
    ] as const) {
      await container.items.create({ id, pk });
      expect((await container.item(id, pk).read()).resource).toMatchObject({ id, pk });
    }
    await container.items.create({ id: 'none' });
    expect((await container.item('none', undefined).read()).resource).toMatchObject({ id: 'none' });
    expect((await container.item('number', '42').read()).statusCode).toBe(404);
  });

  test('system properties that come back from a reader are set anew', async () => {
    const { resource } = await container.items.create({ id: 'again', pk: 'a', v: 1 });
    const replaced = await container.item('again', 'a').replace({ ...resource!, v: 2 });
    const text = JSON.stringify(replaced.resource);
    expect(text.match(/_etag/g)).toHaveLength(1);
    expect((replaced.resource as { _etag?: string } | undefined)?._etag).toBe(replaced.etag);
  });
});

describe('a patch', () => {
  test('applies its operations in order', async () => {
    await container.items.create({ id: 'p', pk: 'a', n: 1, list: ['a', 'c'], from: { here: 1 } });
    const { resource, statusCode } = await container.item('p', 'a').patch([
      { op: 'incr', path: '/n', value: 4 },
      { op: 'incr', path: '/fresh', value: 2 },
      { op: 'add', path: '/list/1', value: 'b' },
      { op: 'add', path: '/list/-', value: 'd' },
      { op: 'set', path: '/list/0', value: 'A' },
      { op: 'replace', path: '/from/here', value: 2 },
      { op: 'add', path: '/a~1b', value: null },
      { op: 'remove', path: '/list/2' },
    ]);
    expect(statusCode).toBe(200);
    expect(resource).toMatchObject({ n: 5, fresh: 2, list: ['A', 'b', 'd'], from: { here: 2 }, 'a/b': null });
  });

  test('moves a value', async () => {
    await container.items.create({ id: 'moved', pk: 'a', old: { x: 1 } });
    // The SDK's types lack `move`, which it sends as it sends any other operation.
    const operations = [{ op: 'move', from: '/old/x', path: '/new' }] as unknown as PatchRequestBody;
    const { resource } = await container.item('moved', 'a').patch(operations);
    expect(resource).toMatchObject({ old: {}, new: 1 });
  });

  test('with a condition that is not met is a 412 and changes nothing', async () => {
    await container.items.create({ id: 'conditional', pk: 'a', state: 'open' });
    const item = container.item('conditional', 'a');
    const operations: PatchRequestBody = {
      operations: [{ op: 'set', path: '/state', value: 'closed' }],
      condition: "from c where c.state = 'open'",
    };
    expect((await item.patch(operations)).resource).toMatchObject({ state: 'closed' });
    expect(await failure(item.patch(operations))).toMatchObject({ code: 412 });
  });

  test.each([
    ['replace of what is missing', { op: 'replace', path: '/missing', value: 1 }],
    ['remove of what is missing', { op: 'remove', path: '/missing' }],
    ['add below what is missing', { op: 'add', path: '/missing/child', value: 1 }],
    ['incr of a string', { op: 'incr', path: '/text', value: 1 }],
    ['a change of the id', { op: 'set', path: '/id', value: 'other' }],
    ['a change of the partition key', { op: 'set', path: '/pk', value: 'other' }],
    ['an index behind the end', { op: 'add', path: '/list/9', value: 1 }],
  ])('refuses %s and leaves the item as it was', async (name, operation) => {
    const id = `refused ${name}`;
    const { etag } = await container.items.create({ id, pk: 'a', text: 't', list: [] });
    const patch = container
      .item(id, 'a')
      .patch([{ op: 'set', path: '/before', value: 1 }, operation] as unknown as PatchRequestBody);
    expect(await failure(patch)).toMatchObject({ code: 400 });
    expect((await container.item(id, 'a').read()).etag).toBe(etag);
  });

  test('of more than ten operations is refused', async () => {
    await container.items.create({ id: 'eleven', pk: 'a' });
    const operations = Array.from({ length: 11 }, (_, v) => ({ op: 'set' as const, path: '/v', value: v }));
    expect(await failure(container.item('eleven', 'a').patch(operations))).toMatchObject({ code: 400 });
  });
});

describe('a transactional batch', () => {
  test('does all of its operations', async () => {
    await container.items.create({ id: 'b0', pk: 'batch', v: 0 });
    const { result, code } = await container.items.batch(
      [
        { operationType: 'Create', resourceBody: { id: 'b1', pk: 'batch' } },
        { operationType: 'Upsert', resourceBody: { id: 'b2', pk: 'batch' } },
        { operationType: 'Replace', id: 'b0', resourceBody: { id: 'b0', pk: 'batch', v: 1 } },
        { operationType: 'Patch', id: 'b0', resourceBody: [{ op: 'incr', path: '/v', value: 5 }] },
        { operationType: 'Read', id: 'b0' },
        { operationType: 'Delete', id: 'b2' },
      ],
      'batch',
    );
    expect(code).toBe(200);
    expect(result!.map(({ statusCode }) => statusCode)).toEqual([201, 201, 200, 200, 200, 204]);
    expect(result![4]!.resourceBody).toMatchObject({ v: 6 });
  });

  test('undoes everything when one operation fails, and says which', async () => {
    await container.items.create({ id: 'there', pk: 'atomic' });
    const { result, code } = await container.items.batch(
      [
        { operationType: 'Create', resourceBody: { id: 'new', pk: 'atomic' } },
        { operationType: 'Create', resourceBody: { id: 'there', pk: 'atomic' } },
        { operationType: 'Create', resourceBody: { id: 'later', pk: 'atomic' } },
      ],
      'atomic',
    );
    expect(code).toBe(207);
    expect(result!.map(({ statusCode }) => statusCode)).toEqual([424, 409, 424]);
    expect((await container.item('new', 'atomic').read()).statusCode).toBe(404);
  });

  test('honours the etag of an operation', async () => {
    const { etag } = await container.items.create({ id: 'e', pk: 'etags' });
    await container.items.upsert({ id: 'e', pk: 'etags', v: 1 });
    const replace: OperationInput = {
      operationType: 'Replace',
      id: 'e',
      ifMatch: etag,
      resourceBody: { id: 'e', pk: 'etags', v: 2 },
    };
    const { result } = await container.items.batch([replace], 'etags');
    expect(result!.map(({ statusCode }) => statusCode)).toEqual([412]);
  });
});

describe('bulk', () => {
  test('items.bulk answers each operation for itself and in order', async () => {
    const operations = Array.from({ length: 100 }, (_, v) => ({
      operationType: 'Create' as const,
      resourceBody: { id: `k${v % 99}`, pk: `p${(v % 99) % 7}`, v },
    }));
    const results = await container.items.bulk(operations, { continueOnError: true });
    expect(results.filter(({ statusCode }) => statusCode === 201)).toHaveLength(99);
    expect(results[99]!.statusCode).toBe(409);
  });

  test('executeBulkOperations runs any number of operations', async () => {
    const operations = Array.from({ length: 250 }, (_, v) => ({
      operationType: 'Upsert' as const,
      partitionKey: `z${v % 7}`,
      resourceBody: { id: `z${v}`, pk: `z${v % 7}`, v },
    }));
    const results = await container.items.executeBulkOperations(operations);
    expect(results.map(({ response }) => response?.statusCode)).toEqual(operations.map(() => 201));
    expect(results[17]!.response?.requestCharge).toBeGreaterThan(4);
  });
});

describe('time to live', () => {
  test(
    'an expired item is gone for reads, queries, the change feed and a new create',
    localOnly('the clock is set by the test'),
    async () => {
      let now = Date.UTC(2026, 0, 1);
      const timed = await startTarget({ now: () => now });
      try {
        const items = await timed.container({ defaultTtl: 60 });
        await items.items.create({ id: 'default', pk: 'a' });
        await items.items.create({ id: 'short', pk: 'a', ttl: 5 });
        await items.items.create({ id: 'never', pk: 'a', ttl: -1 });
        const ids = async () =>
          (await items.items.query<string>('SELECT VALUE c.id FROM c').fetchAll()).resources.toSorted();
        now += 5_000;
        expect(await ids()).toEqual(['default', 'never']);
        expect((await items.item('short', 'a').read()).statusCode).toBe(404);
        expect((await items.items.create({ id: 'short', pk: 'a', ttl: 5 })).statusCode).toBe(201);
        now += 60_000;
        expect(await ids()).toEqual(['never']);
        const { container: definition } = await items.read();
        const { resource } = await definition.read();
        await items.replace({ ...resource!, defaultTtl: -1 });
        await items.items.create({ id: 'default', pk: 'a' });
        now += 3_600_000;
        expect(await ids()).toEqual(['default', 'never']);
      } finally {
        await timed.close();
      }
    },
  );
});
