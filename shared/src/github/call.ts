/** Asks GitHub's GraphQL endpoint once, with @octokit/graphql, and keeps status, headers and body whatever comes. */
import { graphql } from '@octokit/graphql';
import { appToken } from './app-token.ts';
import type { Credential } from './credentials.ts';
import { networkError } from './network-error.ts';
import { readReply, type GithubReply, type RawAnswer } from './reply.ts';
import { timelyBody, UNCOPIED, type MayStart } from './timely-body.ts';

/**
 * Asks one query; never throws for what GitHub or the network does. Aborting counts as a timeout.
 * @param mayStart asked when the connection stands, just before the first byte of the request is written; when it says no,
 * nothing is sent.
 */
export type AskGithub = (
  query: string,
  variables: Record<string, unknown>,
  signal: AbortSignal,
  mayStart?: MayStart,
) => Promise<GithubReply>;

/**
 * @param url the whole address of the GraphQL endpoint.
 * @param token sent as bearer token and nowhere else.
 */
export function githubAt(url: string, token: string): AskGithub {
  const client = graphql.defaults({
    url,
    headers: { authorization: `bearer ${token}`, 'user-agent': 'github-repo-stats' },
  });
  return async (query, variables, signal, mayStart = () => true) => {
    const started = performance.now();
    const seconds = (): number => (performance.now() - started) / 1000;
    let raw: RawAnswer | undefined;
    // The library resolves undefined for a cut or unreadable 200 and drops the headers of a good answer,
    // so the answer is read here and the library's own reading of it is not used.
    const keepAnswer: typeof fetch = async (input, init) => {
      const body = timelyBody(typeof init?.body === 'string' ? init.body : '', mayStart);
      const response = await fetch(input, { ...init, ...UNCOPIED, body });
      const text = await response.text();
      raw = {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        text,
        seconds: seconds(),
      };
      return new Response(text, { status: response.status, headers: { 'content-type': 'text/plain' } });
    };
    try {
      await client(query, { ...variables, request: { signal, fetch: keepAnswer } });
    } catch (error) {
      raw ??= { error: networkError(error), aborted: signal.aborted, seconds: seconds() };
    }
    return readReply(raw ?? { error: 'no answer', aborted: signal.aborted, seconds: seconds() }, Date.now());
  };
}

/** GitHub as one credential is given to see it. */
export interface GithubClient {
  /**
   * Makes sure that there is a token, and is to be called before a grant is asked for: a call must be sent within a second of
   * its grant. Resolves to the reply that says why there is none; no GraphQL call was made for it.
   */
  prepare(): Promise<GithubReply | undefined>;
  ask: AskGithub;
}

/** @param url the whole address of the GraphQL endpoint. */
export function githubAs(url: string, { auth }: Pick<Credential, 'auth'>): GithubClient {
  if (auth.kind === 'token')
    return { prepare: () => Promise.resolve(undefined), ask: githubAt(url, auth.token) };
  const app = appToken(url, auth);
  return {
    prepare: () => app.prepare(),
    async ask(query, variables, signal, mayStart) {
      const unprepared = app.current() === undefined ? await app.prepare() : undefined;
      if (unprepared) return unprepared;
      const reply = await githubAt(url, app.current() ?? '')(query, variables, signal, mayStart);
      // A revoked token is replaced now, so that the call that is repeated under a next grant can be sent at once.
      if (reply.kind === 'refused' && reply.reason === 'credentials') await app.renew();
      return reply;
    },
  };
}
