/** Key Vault: one secret for each secret of the configuration, and how an app setting refers to it. */
import * as keyvault from '@pulumi/azure-native/keyvault/index.js';
import * as authorization from '@pulumi/azure-native/authorization/index.js';
import type { SettingName } from '@github-repo-stats/shared/settings';
import * as pulumi from '@pulumi/pulumi';
import type { InfraConfig } from './config.ts';
import { publicAccess } from './private-network.ts';

export interface StoredSecret {
  secret: keyvault.Secret;
  /** What stands in the app setting: names the version, so that a changed secret restarts the apps that read it. */
  reference: pulumi.Output<string>;
}

/** `Github_Token` → `github-token`: secrets are named by letters, digits and hyphens. */
export const secretName = (setting: SettingName): string => setting.replaceAll('_', '-').toLowerCase();

export class Secrets extends pulumi.ComponentResource {
  readonly vault: keyvault.Vault;
  /** By setting, those that the configuration has. */
  readonly stored: Partial<Record<SettingName, StoredSecret>> = {};

  constructor(
    name: string,
    {
      resourceGroupName,
      config,
    }: {
      resourceGroupName: pulumi.Input<string>;
      config: Pick<InfraConfig, 'secrets' | 'protect' | 'privateNetwork'>;
    },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super('github-repo-stats:infra:Secrets', name, {}, options);
    const { tenantId } = authorization.getClientConfigOutput({ parent: this });
    this.vault = new keyvault.Vault(
      'secrets',
      {
        resourceGroupName,
        properties: {
          tenantId,
          sku: { family: keyvault.SkuFamily.A, name: keyvault.SkuName.Standard },
          enableRbacAuthorization: true,
          enableSoftDelete: true,
          // Purge protection cannot be taken back, so a stack that is to leave nothing does not ask for it.
          softDeleteRetentionInDays: config.protect ? 90 : 7,
          ...(config.protect && { enablePurgeProtection: true }),
          publicNetworkAccess: publicAccess(config),
          // Resource Manager, which stores the secrets, comes in as a service of Azure.
          networkAcls: {
            bypass: keyvault.NetworkRuleBypassOptions.AzureServices,
            defaultAction: config.privateNetwork
              ? keyvault.NetworkRuleAction.Deny
              : keyvault.NetworkRuleAction.Allow,
          },
        },
      },
      { parent: this, protect: config.protect },
    );
    for (const [setting, value] of Object.entries(config.secrets) as [SettingName, string][]) {
      const secret = new keyvault.Secret(
        `secret-${secretName(setting)}`,
        {
          resourceGroupName,
          vaultName: this.vault.name,
          secretName: secretName(setting),
          properties: { value: pulumi.secret(value), contentType: 'text/plain' },
        },
        { parent: this, protect: config.protect },
      );
      // The address of a version is no secret; what the resource returns beside it might be marked as one.
      const uri = pulumi.unsecret(secret.properties.apply((p) => p.secretUriWithVersion));
      this.stored[setting] = { secret, reference: pulumi.interpolate`@Microsoft.KeyVault(SecretUri=${uri})` };
    }
    this.registerOutputs({ vault: this.vault.name });
  }
}
