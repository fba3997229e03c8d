/** The credential of Azure itself, for every client that was given no key: managed identity there, a developer's login here. */
import type { TokenCredential } from '@azure/core-auth';

/** Loads @azure/identity when the first token is needed: with keys it is never loaded. */
export function azureIdentity(): TokenCredential {
  let credential: Promise<TokenCredential> | undefined;
  return {
    async getToken(scopes, options) {
      credential ??= import('@azure/identity').then(
        ({ DefaultAzureCredential }) => new DefaultAzureCredential(),
      );
      return (await credential).getToken(scopes, options);
    },
  };
}
