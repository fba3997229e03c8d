/** Which Cosmos DB account the environment names for the conformance suites, and how they sign in to it. */

/** An account: with its key, or by identity, when databases and containers are made through Azure's resource manager. */
export type Account =
  | { readonly endpoint: string; readonly key: string }
  | { readonly endpoint: string; readonly resourceId: string };

/** What the suites are pointed with: the endpoint, and one of the other two. */
export const ACCOUNT_VARIABLES = {
  endpoint: 'COSMOS_CONFORMANCE_ENDPOINT',
  key: 'COSMOS_CONFORMANCE_KEY',
  /** Resource id of the account; who runs the suites is signed in to Azure and may write data and make containers there. */
  resourceId: 'COSMOS_CONFORMANCE_ACCOUNT',
} as const;

const RESOURCE_ID =
  /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.DocumentDB\/databaseAccounts\/[^/]+$/i;

/** Undefined when the environment names none. Throws for one that cannot be meant. */
export function accountOf(environment: NodeJS.ProcessEnv): Account | undefined {
  const read = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const endpoint = read(ACCOUNT_VARIABLES.endpoint);
  const key = read(ACCOUNT_VARIABLES.key);
  const resourceId = read(ACCOUNT_VARIABLES.resourceId);
  if (!endpoint && !key && !resourceId) return undefined;
  if (!endpoint || (key === undefined) === (resourceId === undefined))
    throw new Error(
      `An account is ${ACCOUNT_VARIABLES.endpoint} with either ${ACCOUNT_VARIABLES.key} or ${ACCOUNT_VARIABLES.resourceId}.`,
    );
  if (key) return { endpoint, key };
  if (!RESOURCE_ID.test(resourceId!))
    throw new Error(`${ACCOUNT_VARIABLES.resourceId} is not the resource id of an account: '${resourceId}'.`);
  return { endpoint, resourceId: resourceId! };
}
