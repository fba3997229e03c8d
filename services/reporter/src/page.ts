/** Serves the dashboard: the page itself, and the assets that it names; public, since the numbers come from the API alone. */
import { readFileSync } from 'node:fs';
import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import { ENCODINGS, PageFiles, type Encoding, type Served } from '@github-repo-stats/shared/page-files';

/** What these answers need of a request. */
export type PageRequest = Pick<HttpRequest, 'headers' | 'params' | 'query'>;

/** Only its own script and style, no frame, and no text that becomes code. */
const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const SECURITY = {
  'content-security-policy': CONTENT_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** @see https://www.rfc-editor.org/rfc/rfc9110#field.accept-encoding */
function encodingFor(accepted: string | null): Encoding {
  const wanted = new Map(
    (accepted ?? '').split(',').map((part) => {
      const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
      const weight = parameters.find((text) => text.startsWith('q='))?.slice(2);
      return [name, weight === undefined ? 1 : Number(weight)] as const;
    }),
  );
  return ENCODINGS.find((name) => (wanted.get(name) ?? 0) > 0) ?? 'identity';
}

const plain = (status: number, body: string): HttpResponseInit => ({
  status,
  headers: { ...SECURITY, 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  body,
});

/** @param cache what a browser may do with it: `Cache-Control`. */
function answer({ type, digest, bodies }: Served, cache: string, request: PageRequest): HttpResponseInit {
  const tag = `W/"${digest}"`;
  const headers = { ...SECURITY, etag: tag, 'cache-control': cache, vary: 'Accept-Encoding' };
  const known = (request.headers.get('if-none-match') ?? '').split(',').map((text) => text.trim());
  if (known.includes(tag)) return { status: 304, headers };
  const encoding = encodingFor(request.headers.get('accept-encoding'));
  return {
    status: 200,
    headers: {
      ...headers,
      'content-type': type,
      ...(encoding !== 'identity' && { 'content-encoding': encoding }),
    },
    body: Buffer.from(bodies[encoding], 'base64'),
  };
}

export interface Page {
  page(request: PageRequest): HttpResponseInit;
  /** By the path parameter `file`. */
  asset(request: PageRequest): HttpResponseInit;
}

/** @param file what the build made. @throws when it is not there, or not what the build makes. */
export function openPage(file: string): Page {
  const files = PageFiles.parse(JSON.parse(readFileSync(file, 'utf8')));
  return {
    page(request) {
      // Addresses are written to logs and histories.
      if (request.query.has('code'))
        return plain(
          400,
          'A key must not stand in an address, since addresses are logged: open the page without `code`. It asks for the key when it needs one.',
        );
      return answer(files.page, 'no-cache', request);
    },
    asset(request) {
      const name = request.params['file'] ?? '';
      if (!Object.hasOwn(files.assets, name))
        return plain(404, 'There is no such asset. A newer version was deployed: load the page again.');
      return answer(files.assets[name]!, 'public, max-age=31536000, immutable', request);
    },
  };
}
