/** What every storage account of a stack keeps to: identities alone, TLS, and with a private network no way in from outside. */
import * as storage from '@pulumi/azure-native/storage/index.js';
import { publicAccess } from './private-network.ts';

export const closedStorage = (config: { privateNetwork: boolean }) => ({
  kind: storage.Kind.StorageV2,
  sku: { name: storage.SkuName.Standard_LRS },
  allowBlobPublicAccess: false,
  allowSharedKeyAccess: false,
  defaultToOAuthAuthentication: true,
  minimumTlsVersion: storage.MinimumTlsVersion.TLS1_2,
  enableHttpsTrafficOnly: true,
  publicNetworkAccess: publicAccess(config),
  networkRuleSet: {
    bypass: storage.Bypass.None,
    defaultAction: config.privateNetwork ? storage.DefaultAction.Deny : storage.DefaultAction.Allow,
  },
});
