/** What test:azure needs before it begins: Pulumi's CLI, and a subscription that somebody is signed in to. */
import { z } from 'zod';
import { ask, NOT_FOUND, type CommandOptions } from './commands.ts';

const account = z.object({
  id: z.string(),
  name: z.string(),
  user: z.object({ name: z.string(), type: z.string() }),
});

export interface SignedIn {
  subscription: string;
  subscriptionId: string;
  user: string;
  /** As role assignments want it. */
  kind: 'User' | 'ServicePrincipal';
}

export type Prerequisites = SignedIn | { missing: readonly string[] };

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

/** Asks both tools; tells all that is missing at once, and how to get it. */
export async function checkPrerequisites(options: CommandOptions): Promise<Prerequisites> {
  const [pulumi, azure] = await Promise.all([
    ask('pulumi', ['version'], options),
    ask('az', ['account', 'show', '--output', 'json'], options),
  ]);
  const missing: string[] = [];
  if (pulumi.code === NOT_FOUND) missing.push('the Pulumi CLI: npm ci brings it');
  else if (pulumi.code !== 0)
    missing.push(
      `the Pulumi CLI, which is downloaded when it is first used: ${lastLine(pulumi.err) || `pulumi version ended with ${pulumi.code}`}`,
    );
  if (azure.code === NOT_FOUND)
    missing.push('the Azure CLI: https://learn.microsoft.com/cli/azure/install-azure-cli, then az login');
  else if (azure.code !== 0) missing.push('a subscription of Azure: az login');
  if (missing.length > 0) return { missing };
  const { id, name, user } = account.parse(JSON.parse(azure.out));
  return {
    subscription: name,
    subscriptionId: id,
    user: user.name,
    kind: user.type === 'servicePrincipal' ? 'ServicePrincipal' : 'User',
  };
}
