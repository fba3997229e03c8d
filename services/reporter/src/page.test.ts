import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { HttpResponseInit } from '@azure/functions';
import type { PageFiles, Served } from '@github-repo-stats/shared/page-files';
import { openPage, type PageRequest } from './page.ts';

const folder = mkdtempSync(join(tmpdir(), 'page-'));
afterAll(() => rmSync(folder, { recursive: true }));

const served = (type: string, text: string): Served => {
  const base64 = (body: string): string => Buffer.from(body).toString('base64');
  const bodies = { br: base64(`br ${text}`), gzip: base64(`gzip ${text}`), identity: base64(text) };
  return { type, digest: text.padEnd(16, '_').slice(0, 16), bodies };
};
const file = join(folder, 'page.json');
const FILES: PageFiles = {
  page: served('text/html; charset=utf-8', 'html'),
  assets: { 'main.A1.js': served('text/javascript; charset=utf-8', 'js') },
};
writeFileSync(file, JSON.stringify(FILES));
const page = openPage(file);

const request = (headers: Record<string, string> = {}, query = '', asset = ''): PageRequest => ({
  headers: new Headers(headers),
  params: { file: asset },
  query: new URLSearchParams(query),
});
const header = (answer: HttpResponseInit, name: string): string | null =>
  new Headers(answer.headers as Record<string, string>).get(name);
const text = ({ body }: HttpResponseInit): string => Buffer.from(body as Buffer).toString();

describe('the page', () => {
  it('is asked for again each time, and sent only when it is another one', () => {
    const first = page.page(request());
    expect(first.status).toBe(200);
    expect(text(first)).toBe('html');
    expect(header(first, 'cache-control')).toBe('no-cache');
    expect(header(first, 'content-type')).toBe('text/html; charset=utf-8');
    const tag = header(first, 'etag')!;
    expect(page.page(request({ 'if-none-match': `"other", ${tag}` })).status).toBe(304);
    expect(page.page(request({ 'if-none-match': '"other"' })).status).toBe(200);
  });

  it('is refused with a key in its address, which is not said again', () => {
    const answer = page.page(request({}, 'code=secret'));
    expect(answer.status).toBe(400);
    expect(answer.body).toMatch(/must not stand in an address/);
    expect(JSON.stringify(answer)).not.toContain('secret');
  });
});

describe('an asset', () => {
  it('is kept for good, since its name changes with its content', () => {
    const answer = page.asset(request({}, '', 'main.A1.js'));
    expect(text(answer)).toBe('js');
    expect(header(answer, 'cache-control')).toBe('public, max-age=31536000, immutable');
  });

  it.each(['main.A2.js', '__proto__', '../page.json', ''])('that is not there is not found: %j', (name) => {
    expect(page.asset(request({}, '', name)).status).toBe(404);
  });

  it.each([
    ['gzip, deflate, br', 'br'],
    ['gzip;q=0.8', 'gzip'],
    ['br;q=0, GZIP', 'gzip'],
    ['deflate', null],
    ['', null],
    ['identity', null],
  ])('comes compressed as it is accepted: %j', (accepted, encoding) => {
    const answer = page.asset(request({ 'accept-encoding': accepted }, '', 'main.A1.js'));
    expect(header(answer, 'content-encoding')).toBe(encoding);
    expect(text(answer)).toBe(encoding === null ? 'js' : `${encoding} js`);
    expect(header(answer, 'vary')).toBe('Accept-Encoding');
  });
});

it.each([
  ['the page', page.page(request())],
  ['what has not changed', page.page(request({ 'if-none-match': header(page.page(request()), 'etag')! }))],
  ['an asset', page.asset(request({}, '', 'main.A1.js'))],
  ['an asset that is not there', page.asset(request({}, '', 'x'))],
  ['a key in the address', page.page(request({}, 'code=x'))],
])('%s says what a browser may do with it', (_what, answer) => {
  expect(header(answer, 'content-security-policy')).toMatch(
    /^default-src 'none'; script-src 'self';.*require-trusted-types-for 'script'/,
  );
  expect(header(answer, 'x-content-type-options')).toBe('nosniff');
  expect(header(answer, 'referrer-policy')).toBe('no-referrer');
  expect(header(answer, 'strict-transport-security')).toMatch(/^max-age=\d{8}/);
});

it('a file that the build did not make is refused at the start', () => {
  writeFileSync(join(folder, 'other.json'), '{"page":{}}');
  expect(() => openPage(join(folder, 'other.json'))).toThrow(/assets/);
});
