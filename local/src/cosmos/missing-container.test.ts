/** Conformance of requests about items of a container that is not there: they are told from those about a missing item. */
import type { Container } from '@azure/cosmos';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failure, startTarget, withKeyOnly, type Target } from './conformance.fixture.ts';

const OWNER_MISSING = { code: 404, substatus: 1003 };
let target: Target;
let container: Container;
beforeAll(async () => {
  target = await startTarget();
  container = await target.container();
});
afterAll(() => target.close());

// An identity may be refused with 403 before anybody looks for the container.
// A client looks the container up first where it must know its partition key: then the container itself is what is missing.
describe('a container that is not there', withKeyOnly(), () => {
  test('answers 404 with substatus 1003, where a missing item has no such substatus', async () => {
    const missing = container.database.container('never-made');
    const { statusCode, substatus } = await missing.item('a', 'a').read();
    expect({ code: statusCode, substatus }).toEqual(OWNER_MISSING);
    expect(await failure(missing.items.create({ id: 'a', pk: 'a' }))).toMatchObject({ code: 404 });
    const query = missing.items.query('SELECT * FROM c', { partitionKey: 'a' });
    expect(await failure(query.fetchAll())).toMatchObject({ code: 404 });
    expect((await container.item('a', 'a').read()).substatus ?? 0).toBe(0);
  });

  test('takes items from the same client once it is made again', async () => {
    const { database, id } = await target.container();
    const lost = database.container(id);
    await lost.items.create({ id: 'before', pk: 'a' });
    await lost.delete();
    expect(await failure(lost.items.create({ id: 'between', pk: 'a' }))).toMatchObject(OWNER_MISSING);
    const replacing = lost.item('before', 'a').replace({ id: 'before', pk: 'a' });
    expect(await failure(replacing)).toMatchObject(OWNER_MISSING);
    await database.containers.create({ id, partitionKey: { paths: ['/pk'] } });
    await lost.items.create({ id: 'after', pk: 'a' });
    const { resources } = await lost.items
      .query('SELECT VALUE c.id FROM c', { partitionKey: 'a' })
      .fetchAll();
    expect(resources).toEqual(['after']);
  });
});
