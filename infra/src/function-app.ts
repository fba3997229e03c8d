/** One function app on Flex Consumption: plan, storage of its host, the app and its code, all under its own identity. */
import * as storage from '@pulumi/azure-native/storage/index.js';
import * as web from '@pulumi/azure-native/web/index.js';
import * as pulumi from '@pulumi/pulumi';
import { appSettings } from './app-settings.ts';
import { deployCode } from './code-deployment.ts';
import type { InfraConfig } from './config.ts';
import { hostAccount } from './names.ts';
import type { PackageStore } from './package-store.ts';
import type { Package } from './packages.ts';
import { closedStorage } from './closed-storage.ts';
import { assignRole } from './roles.ts';
import { ServiceIdentity, type Platform } from './service-identity.ts';
import type { ServiceName } from './services.ts';
import { signIn } from './sign-in.ts';

export interface FunctionAppArgs {
  config: InfraConfig;
  platform: Platform;
  code: Package;
  packages: PackageStore;
  /** Tries the deployment of the code again while roles spread. */
  retry: pulumi.ErrorHook;
}

export class FunctionApp extends pulumi.ComponentResource {
  readonly app: web.WebApp;
  /** The roles of its identity. */
  readonly grants: readonly pulumi.Resource[];

  constructor(
    service: ServiceName,
    { config, platform, code, packages, retry }: FunctionAppArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super('github-repo-stats:infra:FunctionApp', service, {}, options);
    const parent = { parent: this };
    const { resourceGroupName, network } = platform;
    const { identity, grants } = new ServiceIdentity(service, platform, parent);
    this.grants = grants;

    const host = new storage.StorageAccount(
      hostAccount(service),
      {
        resourceGroupName,
        ...closedStorage(config),
      },
      parent,
    );
    const deployed = new storage.BlobContainer(
      `${service}-deployed`,
      { resourceGroupName, accountName: host.name, containerName: 'deployed' },
      parent,
    );
    const hosts = assignRole(
      `${service}-hosts`,
      { role: 'Storage Blob Data Owner', scope: host.id, to: identity },
      parent,
    );
    const plan = new web.AppServicePlan(
      `plan-${service}`,
      {
        resourceGroupName,
        kind: 'functionapp',
        reserved: true,
        sku: { name: 'FC1', tier: 'FlexConsumption' },
      },
      parent,
    );
    network?.connect(`host-${service}`, 'blobs', host.id);
    const needed = [...grants, hosts, ...(network?.links ?? [])];
    this.app = new web.WebApp(
      `stats-${service}`,
      {
        resourceGroupName,
        kind: 'functionapp,linux',
        serverFarmId: plan.id,
        httpsOnly: true,
        ...(network && { virtualNetworkSubnetId: network.subnetOf(service) }),
        identity: {
          type: web.ManagedServiceIdentityType.UserAssigned,
          userAssignedIdentities: [identity.id],
        },
        keyVaultReferenceIdentity: identity.id,
        functionAppConfig: {
          deployment: {
            storage: {
              type: web.FunctionsDeploymentStorageType.BlobContainer,
              value: pulumi.interpolate`${host.primaryEndpoints.blob}${deployed.name}`,
              authentication: {
                type: web.AuthenticationType.UserAssignedIdentity,
                userAssignedIdentityResourceId: identity.id,
              },
            },
          },
          runtime: { name: web.RuntimeName.Node, version: '24' },
          scaleAndConcurrency: {
            instanceMemoryMB: config.instanceMemoryMB,
            maximumInstanceCount: config.maximumInstances,
          },
        },
        siteConfig: {
          appSettings: appSettings(service, config, platform, { identity, hostStorage: host.name }),
          minTlsVersion: web.SupportedTlsVersions.SupportedTlsVersions_1_2,
          scmMinTlsVersion: web.SupportedTlsVersions.SupportedTlsVersions_1_2,
          ftpsState: web.FtpsState.Disabled,
          http20Enabled: true,
        },
      },
      { ...parent, dependsOn: needed },
    );
    // No user name and password opens the app's own deployment site.
    const login = { resourceGroupName, name: this.app.name, allow: false };
    new web.WebAppScmAllowed(`${service}-scm`, login, parent);
    new web.WebAppFtpAllowed(`${service}-ftp`, login, parent);
    // Of the app that people look at; the others have no people.
    if (service === 'reporter' && config.entraClientId !== undefined)
      signIn(service, { resourceGroupName, app: this.app, clientId: config.entraClientId }, parent);
    deployCode(
      service,
      { resourceGroupName, app: this.app, code, packages, retry },
      { parent: this, dependsOn: needed },
    );
    this.registerOutputs({ name: this.app.name });
  }
}
