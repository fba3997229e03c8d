/** What GitHub answers for a repository, or an owner, that is kept from whoever asks. */
import { GithubError, ipAllowListFailure, repositoryNotFound, samlFailure } from './github-error.ts';
import type { RequestContext } from './request-context.ts';
import type { Failure } from './failure.ts';

/** The error a repository's failure shows, if it shows one when it is looked up. */
export function failureError(
  failure: Failure,
  login: string,
  name: string,
  context: RequestContext,
): GithubError | null {
  switch (failure) {
    case 'not-found':
      return repositoryNotFound(login, name);
    case 'forbidden':
      return new GithubError('FORBIDDEN', 'Resource not accessible by integration');
    case 'saml':
      context.headers['x-github-sso'] =
        `required; url=https://github.com/orgs/${login}/sso?authorization_request=A1`;
      return samlFailure();
    case 'ip-allow-list':
      return ipAllowListFailure(login);
    case 'resource-limits':
      return new GithubError('RESOURCE_LIMITS_EXCEEDED', 'Resource limits for this query exceeded.');
    case 'slow':
    case 'null':
      return null;
  }
}
