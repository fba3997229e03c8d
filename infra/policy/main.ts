/** The policy pack, as the CLI starts it: serves the policies until the CLI ends. */
import { PolicyPack, type ResourceValidationPolicy } from '@pulumi/policy';
import { POLICIES, type Policy } from './policies.ts';

const served = ({ name, description, locations, violations }: Policy): ResourceValidationPolicy => ({
  name,
  description,
  enforcementLevel: 'mandatory',
  ...(locations && {
    configSchema: { properties: { locations: { type: 'array', items: { type: 'string' }, default: [] } } },
  }),
  validateResource(args, report) {
    const resource = { type: args.type, name: args.name, props: args.props as Record<string, unknown> };
    const allowed = locations ? args.getConfig<{ locations?: string[] }>().locations : undefined;
    for (const violation of violations(resource, allowed ?? [])) report(`${args.name} ${violation}`);
  },
});

new PolicyPack('github-repo-stats', { policies: POLICIES.map(served) });
