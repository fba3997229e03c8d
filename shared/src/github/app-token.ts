/** Gets the tokens of a GitHub App's installation, with @octokit/auth-app: each good for an hour, and asked for before it is needed. */
import { createAppAuth } from '@octokit/auth-app';
import { request } from '@octokit/request';
import type { Credential } from './credentials.ts';
import { networkError } from './network-error.ts';
import { readReply, type GithubReply } from './reply.ts';

export interface AppToken {
  /** Makes sure that there is a token that holds for a minute at least; resolves to the reply that says why there is none. */
  prepare(): Promise<GithubReply | undefined>;
  /** The token got last; undefined before the first. */
  current(): string | undefined;
  /** Asks for another one, since GitHub refused this; keeps this one when there is none. */
  renew(): Promise<void>;
}

const TIMEOUT_MS = 15_000;
/** An app that was refused is not asked for a token again by every waiting message. */
const REFUSED_MS = 60_000;

/** Where the REST API stands beside a GraphQL endpoint: https://docs.github.com/en/enterprise-server/rest/overview */
export function restBase(graphqlUrl: string): string {
  const { origin, hostname, pathname } = new URL(graphqlUrl);
  if (hostname === 'api.github.com') return origin;
  return pathname.startsWith('/api/') ? `${origin}/api/v3` : origin;
}

/** @param url of the GraphQL endpoint. */
export function appToken(url: string, app: Extract<Credential['auth'], { kind: 'app' }>): AppToken {
  const bounded: typeof fetch = (input, init) =>
    fetch(input, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
  const auth = createAppAuth({
    appId: app.appId,
    privateKey: app.privateKey,
    installationId: app.installationId,
    request: request.defaults({
      baseUrl: restBase(url),
      headers: { 'user-agent': 'github-repo-stats' },
      request: { fetch: bounded },
    }),
  });
  let token: string | undefined;
  let refused: { reply: GithubReply; until: number } | undefined;

  const get = async (refresh: boolean): Promise<GithubReply | undefined> => {
    const started = performance.now();
    try {
      // An answer without a token would be kept like any other, so it is asked for anew until there is one.
      const { token: got } = await auth({ type: 'installation', refresh: refresh || !token });
      if (!got) throw new Error('GitHub answered without a token');
      token = got;
      refused = undefined;
      return undefined;
    } catch (error) {
      const reply = readFailure(error, (performance.now() - started) / 1000);
      const forMs = reply.kind === 'limited' ? reply.waitMs : reply.kind === 'refused' ? REFUSED_MS : 0;
      refused = { reply, until: Date.now() + forMs };
      return reply;
    }
  };
  return {
    async prepare() {
      const leftMs = refused ? refused.until - Date.now() : 0;
      if (!refused || leftMs <= 0) return get(false);
      return refused.reply.kind === 'limited' ? { ...refused.reply, waitMs: leftMs } : refused.reply;
    },
    current: () => token,
    async renew() {
      await get(true);
    },
  };
}

/** What a failed request for a token means: the app is refused, it has to wait, or GitHub did not answer well. */
function readFailure(error: unknown, seconds: number): GithubReply {
  const { response, status } = error as {
    status?: number;
    response?: { headers?: Record<string, string | number | undefined>; data?: unknown };
  };
  const what = 'no token for the installation of the app';
  if (!response || status === undefined)
    return { kind: 'transport', detail: `${what}: ${networkError(error)}`, points: 0, seconds };
  const headers = Object.fromEntries(
    Object.entries(response.headers ?? {}).map(([name, value]) => [name, String(value)]),
  );
  const { data } = response;
  const text = typeof data === 'string' ? data : JSON.stringify(data ?? {});
  const reply = readReply({ status, headers, text, seconds }, Date.now());
  if (reply.kind === 'limited') return reply;
  const detail = `${what}: ${'detail' in reply ? reply.detail : `HTTP ${status}`}`;
  // 401: the key is not the app's; 403: suspended; 404: not installed, or an installation of another app.
  return [401, 403, 404].includes(status)
    ? { kind: 'refused', reason: 'credentials', detail, points: 0, seconds }
    : { kind: 'transport', detail, points: 0, seconds };
}
