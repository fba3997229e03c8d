/**
 * What Azure would make of a resource: its physical name by the provider's rule for names, its id, and what is known only after it was
 * made. Refuses a name that Azure refuses, and a type that it does not know.
 */
import { KINDS, SUBSCRIPTION, TENANT, type AutoName, type Inputs } from './azure-kinds.fixture.ts';

/** The eight digits that are random in truth; here always the same, so that tests can name resources. */
export const RANDOM = '0123abcd';

export interface Made {
  id: string;
  outputs: Record<string, unknown>;
}

/**
 * @param type a provider's type, as `azure-native:web:WebApp`.
 * @throws Error naming type, logical name and physical name where Azure would refuse.
 */
export function made(type: string, logicalName: string, inputs: Inputs): Made {
  const kind = KINDS[type.replace('azure-native:', '')];
  if (!kind) throw new Error(`How Azure makes ${type} is not known here; add it to azure-kinds.fixture.ts.`);
  const auto: Record<AutoName, string> = {
    random: `${logicalName}${RANDOM}`,
    copied: logicalName,
    guid: '0123abcd-0123-4abc-8def-0123456789ab',
  };
  const name = (inputs[kind.input] as string | undefined) ?? auto[kind.auto];
  if (!kind.legal.test(name)) throw new Error(`Azure refuses the name '${name}' of ${type} ${logicalName}.`);
  const own = kind.outputs?.(name, inputs) ?? {};
  return { id: kind.id(name, inputs), outputs: { ...inputs, name, ...own } };
}

/** What the provider's functions answer. */
export function invoked(token: string): Record<string, unknown> {
  if (token === 'azure-native:authorization:getClientConfig')
    return { subscriptionId: SUBSCRIPTION, tenantId: TENANT, clientId: 'deployer', objectId: 'deployer' };
  throw new Error(`What ${token} answers is not known here; add it to azure.fixture.ts.`);
}
