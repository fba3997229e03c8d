/**
 * Runs the conformance suites against Azure and leaves nothing behind there. It ends in one of these ways:
 * - skipped: the Pulumi CLI or a subscription is missing; nothing was done
 * - passed: the suites passed, and all is gone
 * - failed: something could not be made, or a suite failed; all is gone
 * - interrupted: by Ctrl-C; what was being made was finished, and all is gone
 * - left: not everything could be removed; the message says what to do
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ACCOUNT_VARIABLES } from '@github-repo-stats/local/cosmos/conformance-account';
import { NAMESPACE_VARIABLES } from '@github-repo-stats/local/service-bus/conformance-namespace';
import { z } from 'zod';
import { ask, run, type CommandOptions } from './commands.ts';
import { checkPrerequisites, type SignedIn } from './prerequisites.ts';
import { conformanceSuites } from './suites.ts';

/** A skip is not a success: scripts must not take it for one. */
export const EXIT_CODES = { passed: 0, failed: 1, left: 1, skipped: 77, interrupted: 130 } as const;
export type Ending = keyof typeof EXIT_CODES;

export interface ConformanceRun {
  root: string;
  env: NodeJS.ProcessEnv;
  /** Where it is made, as westeurope. */
  location: string;
  /** Where the state of what was made is kept, so that a run that was killed can be taken up. */
  folder: string;
  interrupted: AbortSignal;
  say: (line: string) => void;
}

const STACK = 'conformance';
const GROUP = 'github-repo-stats-conformance';
const outputs = z.object({
  resourceGroup: z.string(),
  namespace: z.string(),
  endpoint: z.string(),
  account: z.string(),
});
type Outputs = z.infer<typeof outputs>;

export async function runConformance(given: ConformanceRun): Promise<Ending> {
  const { say, interrupted, location } = given;
  const signedIn = await checkPrerequisites({ cwd: given.root, env: given.env });
  if ('missing' in signedIn) {
    say(skipMessage(signedIn.missing));
    return 'skipped';
  }
  say(beginMessage(signedIn, location));
  mkdirSync(given.folder, { recursive: true });
  const pulumi = pulumiOf(given);
  const prepared =
    (await pulumi.run('stack', 'select', STACK, '--create')) &&
    (await pulumi.run('config', 'set', 'azure-native:location', location, '--stack', STACK)) &&
    (await pulumi.run('config', 'set', 'signedInAs', signedIn.kind, '--stack', STACK));
  if (!prepared) return 'failed';

  let passed = false;
  let gone = false;
  try {
    passed = await madeAndTested(given, pulumi);
  } finally {
    say('Removing everything again.');
    gone = await pulumi.run('destroy', '--yes', '--skip-preview', '--stack', STACK);
    if (gone) await pulumi.run('stack', 'rm', STACK, '--yes');
    else say(leftMessage(signedIn));
  }
  if (!gone) return 'left';
  if (interrupted.aborted) return 'interrupted';
  return passed ? 'passed' : 'failed';
}

async function madeAndTested(given: ConformanceRun, pulumi: Pulumi): Promise<boolean> {
  const { root, env, interrupted } = given;
  if (!(await pulumi.run('up', '--yes', '--skip-preview', '--stack', STACK))) return false;
  if (interrupted.aborted) return false;
  const made = await pulumi.outputs();
  const options = { cwd: root, env: { ...env, ...pointing(made) }, until: interrupted };
  if ((await run('node', [join(import.meta.dirname, 'await-access.ts')], options)) !== 0) return false;
  // One after the other: they share the queues, and empty them before each test.
  const settings = ['--no-file-parallelism', '--testTimeout=300000', '--hookTimeout=900000'];
  return (await run('vitest', ['run', ...settings, ...conformanceSuites(root)], options)) === 0;
}

/** The variables that point the suites at what was made, by identity; keys of another account must not get in the way. */
export const pointing = ({ namespace, endpoint, account }: Outputs): Record<string, string> => ({
  [NAMESPACE_VARIABLES.host]: namespace,
  [NAMESPACE_VARIABLES.connection]: '',
  [ACCOUNT_VARIABLES.endpoint]: endpoint,
  [ACCOUNT_VARIABLES.resourceId]: account,
  [ACCOUNT_VARIABLES.key]: '',
});

interface Pulumi {
  /** True when it succeeded. */
  run(...args: string[]): Promise<boolean>;
  outputs(): Promise<Outputs>;
}

function pulumiOf({ env, folder }: ConformanceRun): Pulumi {
  const options: CommandOptions = {
    cwd: import.meta.dirname,
    env: {
      ...env,
      PULUMI_BACKEND_URL: pathToFileURL(folder).href,
      // A state on disk wants a passphrase; there is no secret in it.
      PULUMI_CONFIG_PASSPHRASE: 'none',
      PULUMI_SKIP_UPDATE_CHECK: 'true',
    },
  };
  return {
    run: async (...args) => (await run('pulumi', [...args, '--non-interactive'], options)) === 0,
    async outputs() {
      const { code, out, err } = await ask(
        'pulumi',
        ['stack', 'output', '--json', '--stack', STACK],
        options,
      );
      if (code !== 0) throw new Error(`pulumi stack output ended with ${code}: ${err}`);
      return outputs.parse(JSON.parse(out));
    },
  };
}

const skipMessage = (missing: readonly string[]): string =>
  `Not run against Azure. What is missing:\n${missing.map((what) => `  - ${what}`).join('\n')}\n` +
  'Here, against the embedded platform, npm test runs the same suites. More: docs/deploy.md, Against the real services.';

const beginMessage = ({ subscription, user }: SignedIn, location: string): string =>
  `Making a resource group ${GROUP}… in ${location}, in the subscription ${subscription}, as ${user}: a Service Bus namespace and a ` +
  'Cosmos DB account (serverless). They cost cents, and are removed in the end, whatever happens. Ctrl-C stops the suites and removes them.';

const leftMessage = ({ subscriptionId }: SignedIn): string =>
  `Not everything was removed, and what is left costs money. Run npm run test:azure again, which takes up what is left, or list it with\n` +
  `  az group list --subscription ${subscriptionId} --query "[?starts_with(name, '${GROUP}')].name"\n` +
  'and delete it with az group delete.';
