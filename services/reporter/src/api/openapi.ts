/** GET api/openapi.json: OpenAPI 3.1, made of the same declarations that answer. */
import { OrderGiven } from '@github-repo-stats/shared/orders';
import * as z from 'zod';
import { Problem } from './contract.ts';
import { ORDER_PATH, REQUESTED_BY } from './orders.ts';
import { route, type Route } from './route.ts';

const VERSION = '1';

export function openApi(routes: readonly Route[]): Route {
  let made: Record<string, unknown> | undefined;
  return route({
    path: 'openapi.json',
    about: 'This API in OpenAPI 3.1',
    query: z.strictObject({}),
    answer: z.looseObject({}),
    handle: () => Promise.resolve((made ??= documentOf(routes))),
  });
}

function documentOf(routes: readonly Route[]): Record<string, unknown> {
  return {
    openapi: '3.1.0',
    info: {
      title: 'GitHub repository statistics',
      version: VERSION,
      description:
        'What runs collected. Times are UTC; null is what is not known, never 0. Answers carry an ETag; lists go on with `after`, the `next` of the page before.',
    },
    security: [{ key: [] }],
    paths: Object.fromEntries(
      routes.map((one) => [
        `/api/${one.path}`,
        { get: operation(one), ...(one.path === ORDER_PATH && { post: ordering(one) }) },
      ]),
    ),
    components: {
      schemas: { Problem: schemaOf(Problem) },
      securitySchemes: {
        key: {
          type: 'apiKey',
          in: 'header',
          name: 'x-functions-key',
          description:
            'A function key of `read`, of `operate` for orders, or a key of the host; never in the address.',
        },
      },
    },
  };
}

/** The one change: orders are posted where they are read. */
function ordering(one: Route): object {
  return {
    operationId: 'order',
    summary: 'Order; the same order twice is one',
    parameters: [
      ...parametersOf(one.path),
      {
        name: REQUESTED_BY,
        in: 'header',
        required: true,
        description: 'Who asks, as `dashboard` or `curl`: no page of another site can send it.',
        schema: { type: 'string' },
      },
    ],
    requestBody: { required: true, ...content('application/json', schemaOf(OrderGiven)) },
    responses: {
      200: {
        description: 'It was ordered before; what came of it',
        ...content('application/json', schemaOf(one.answer)),
      },
      202: {
        description: 'Ordered; Location says where to ask what came of it',
        ...content('application/json', schemaOf(one.answer)),
      },
      default: PROBLEM,
    },
  };
}

const PROBLEM = {
  description: 'What is wrong, where, and what to do',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

const content = (type: string, schema: object) => ({ content: { [type]: { schema } } });

function operation(one: Route): object {
  const query = schemaOf(one.query) as { properties?: Record<string, { default?: unknown }> };
  const inQuery = Object.entries(query.properties ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    schema,
  }));
  const format = { name: 'format', in: 'query', schema: { type: 'string', enum: ['json', 'csv', 'ndjson'] } };
  return {
    operationId: operationId(one.path),
    summary: one.about,
    parameters: [...parametersOf(one.path), ...inQuery, ...(one.row ? [format] : [])],
    responses: {
      200: {
        description: one.row ? 'The answer; as CSV or NDJSON the whole table' : 'The answer',
        content: {
          [one.media]: { schema: schemaOf(one.answer) },
          ...(one.row && {
            'text/csv': { schema: { type: 'string' } },
            'application/x-ndjson': { schema: schemaOf(one.row) },
          }),
        },
      },
      304: { description: 'What If-None-Match names still holds' },
      default: PROBLEM,
    },
  };
}

const parametersOf = (path: string): object[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));

/** `runsByRunIdFailures`. */
const operationId = (path: string): string =>
  path
    .split(/[/.]/)
    .map((part) =>
      part.replace(/^\{(\w)(\w*)\}$/, (_, first: string, rest: string) => `By${first.toUpperCase()}${rest}`),
    )
    .map((part, i) => (i === 0 ? part : part[0]!.toUpperCase() + part.slice(1)))
    .join('');

function schemaOf(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _draft, ...rest } = z.toJSONSchema(schema) as Record<string, unknown>;
  return rest;
}
