/** Queries made of any names, values and text: the right item is found, and nothing but a 400 comes of nonsense. */
import type { Container } from '@azure/cosmos';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CosmosError } from '../cosmos-error.ts';
import { localOnly, startTarget, type Target } from '../conformance.fixture.ts';
import { parseQuery } from './parser.ts';

let target: Target;
let container: Container;
beforeAll(async () => {
  target = await startTarget();
  container = await target.container();
});
afterAll(() => target.close());

const systemNames = ['id', 'pk', 'ttl', '_rid', '_self', '_etag', '_attachments', '_ts', '__proto__'];
const name = fc
  .string({ unit: 'binary', maxLength: 12 })
  // oxlint-disable-next-line no-control-regex
  .filter((text) => !/["\\\u0000-\u001f]/.test(text) && !systemNames.includes(text));
const scalar = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
);

test(
  'a property of any name and value is found by equality and read back',
  localOnly('a hundred round trips'),
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(name, { minLength: 1, maxLength: 3 }), scalar, async (path, value) => {
        const body = path.reduceRight<unknown>((inner, step) => ({ [step]: inner }), value);
        await container.items.upsert({ id: 'any', pk: 'a', ...(body as object) });
        const property = `c${path.map((step) => `[${JSON.stringify(step)}]`).join('')}`;
        const { resources } = await container.items
          .query({
            query: `SELECT VALUE ${property} FROM c WHERE ${property} = @v`,
            parameters: [{ name: '@v', value }],
          })
          .fetchAll();
        expect(resources).toEqual([Object.is(value, -0) ? 0 : value]);
      }),
      { numRuns: 100 },
    );
  },
);

test('a text that is no query is refused, never a failure of the server', () => {
  const words = fc.constantFrom(
    ...'SELECT FROM c WHERE AND OR NOT ( ) [ ] , . = < "a" \'b\' 1 @p * VALUE TOP ORDER BY IN BETWEEN COUNT OFFSET LIMIT'.split(
      ' ',
    ),
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(words).map((parts) => `SELECT ${parts.join(' ')}`),
  );
  fc.assert(
    fc.property(text, (query) => {
      expect([200, 400]).toContain(statusOf(query));
    }),
    { numRuns: 2000 },
  );
});

function statusOf(query: string): unknown {
  try {
    parseQuery(query);
    return 200;
  } catch (error) {
    return error instanceof CosmosError ? error.status : error;
  }
}
