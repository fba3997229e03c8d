/** `POST /app/installations/{id}/access_tokens`: the one call of GitHub's REST API that a GitHub App needs to read. */
import { readAssertion } from './app-token.ts';
import type { Credentials } from './credentials.ts';
import { created, noUserAgent, notFound, restError, type Reply } from './reply.ts';

const TOKEN_SECONDS = 3600;
const PATH = /^(?:\/api\/v3)?\/app\/installations\/(\d+)\/access_tokens$/;

/** The installation that a path asks a token for; on GitHub Enterprise Server such paths begin with /api/v3. */
export function installationOf(path: string): number | undefined {
  const id = PATH.exec(path)?.[1];
  return id === undefined ? undefined : Number(id);
}

/** A body may narrow what the token can do, which nothing here would keep to. */
function narrowing(body: string): string | undefined {
  if (body.trim() === '') return undefined;
  try {
    const value: unknown = JSON.parse(body);
    const [name] = Object.keys(typeof value === 'object' && value !== null ? value : { body: value });
    return name && `'${name}' is not supported by the GitHub simulator`;
  } catch {
    return 'Problems parsing JSON';
  }
}

/**
 * https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app
 * @param now epoch milliseconds
 */
export function issueToken(
  credentials: Credentials,
  id: number,
  request: { readonly authorization?: string; readonly userAgent?: string; readonly body: string },
  now: number,
): Reply {
  if (!request.userAgent) return noUserAgent;
  const [, jwt] = /^bearer\s+(\S+)$/i.exec(request.authorization ?? '') ?? [];
  const assertion = readAssertion(jwt, (appId) => credentials.app(appId), now);
  if ('status' in assertion) return restError(assertion.status, assertion.message);
  const problem = narrowing(request.body);
  if (problem !== undefined) return restError(422, problem);
  const expiresAt = (Math.floor(now / 1000) + TOKEN_SECONDS) * 1000;
  const token = credentials.issue(assertion.app, { id, expiresAt });
  if (token === undefined) return notFound;
  return created({
    token,
    expires_at: new Date(expiresAt).toISOString().replace('.000Z', 'Z'),
    permissions: { metadata: 'read', issues: 'read', pull_requests: 'read' },
    repository_selection: 'all',
  });
}
