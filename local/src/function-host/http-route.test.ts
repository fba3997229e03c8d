import { expect, test } from 'vitest';
import { compareRoutes, matchRoute, parseRoute } from './http-route.ts';

test.each([
  ['api/runs', 'api/runs', {}],
  ['api/runs', 'API/Runs/', {}],
  ['api/runs', 'api/runs/1', undefined],
  ['api/runs/{id}', 'api/runs/a%2Fb', { id: 'a/b' }],
  ['api/runs/{id}', 'api/runs', undefined],
  ['api/runs/{id?}', 'api/runs', {}],
  ['api/runs/{id=latest}', 'api/runs', { id: 'latest' }],
  ['api/runs/{id:int}', 'api/runs/12', { id: '12' }],
  ['api/runs/{id:int}', 'api/runs/x', undefined],
  ['api/runs/{id:int?}', 'api/runs', {}],
  ['api/{name:length(2,3)}', 'api/abcd', undefined],
  ['api/{name:minlength(2):alpha}', 'api/ab', { name: 'ab' }],
  ['api/{year:range(2000,2100)}', 'api/1999', undefined],
  ['api/{code:regex(^[a-z]+/?$)}', 'api/abc', { code: 'abc' }],
  [
    'api/{id:guid}',
    'api/0af76519-16cd-43dd-8448-eb211c80319c',
    { id: '0af76519-16cd-43dd-8448-eb211c80319c' },
  ],
  ['api/files/{*rest}', 'api/files/a/b.txt', { rest: 'a/b.txt' }],
  ['api/files/{*rest}', 'api/files', {}],
])('%s and %s', (template, path, expected) => {
  expect(matchRoute(parseRoute(template), path)).toEqual(expected);
});

test.each(['a/{b:uncommon}', 'a/{b}.{c}', '{*rest}/a', '{b:length}'])("'%s' is refused", (template) => {
  expect(() => parseRoute(template)).toThrow(RangeError);
});

test('the more exact route comes first', () => {
  const templates = ['api/{*rest}', 'api/{id}', 'api/{id:int}', 'api/runs'];
  const sorted = templates.toSorted((a, b) => compareRoutes(parseRoute(a), parseRoute(b)));
  expect(sorted).toEqual(templates.toReversed());
});
