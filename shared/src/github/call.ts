/** Asks GitHub's GraphQL endpoint once, with @octokit/graphql, and keeps status, headers and body whatever comes. */
import { graphql } from '@octokit/graphql';
import { readReply, type GithubReply, type RawAnswer } from './reply.ts';

/** Asks one query; never throws for what GitHub or the network does. Aborting counts as a timeout. */
export type AskGithub = (
  query: string,
  variables: Record<string, unknown>,
  signal: AbortSignal,
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
  return async (query, variables, signal) => {
    const started = performance.now();
    const seconds = (): number => (performance.now() - started) / 1000;
    let raw: RawAnswer | undefined;
    // The library resolves undefined for a cut or unreadable 200 and drops the headers of a good answer,
    // so the answer is read here and the library's own reading of it is not used.
    const keepAnswer: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
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
      raw ??= { error: reasonOf(error), aborted: signal.aborted, seconds: seconds() };
    }
    return readReply(raw ?? { error: 'no answer', aborted: signal.aborted, seconds: seconds() }, Date.now());
  };
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: unknown };
  const code = (cause as { code?: string; cause?: { code?: string } } | undefined)?.code;
  const inner = (cause as { cause?: { code?: string } } | undefined)?.cause?.code;
  return [message ?? String(error), code ?? inner].filter(Boolean).join(' ');
}
