/** Ships a package to an app: uploads it under the name of its content, and has Azure fetch it from there. */
import * as resources from '@pulumi/azure-native/resources/index.js';
import * as storage from '@pulumi/azure-native/storage/index.js';
import type { WebApp } from '@pulumi/azure-native/web/index.js';
import * as pulumi from '@pulumi/pulumi';
import type { PackageStore } from './package-store.ts';
import type { Package } from './packages.ts';

/**
 * Flex Consumption takes code by "one deploy" alone, for which the provider has no resource, so a template makes it. The
 * template signs the address of the package itself, for an hour: no signature stands in the stack's state, and its inputs change
 * only with the code.
 */
const TEMPLATE = {
  $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
  contentVersion: '1.0.0.0',
  parameters: {
    app: { type: 'string' },
    packagesId: { type: 'string' },
    packageUrl: { type: 'string' },
    packagePath: { type: 'string' },
    expiry: { type: 'string', defaultValue: "[dateTimeAdd(utcNow('u'), 'PT1H', 'yyyy-MM-ddTHH:mm:ssZ')]" },
  },
  variables: {
    signed: {
      canonicalizedResource: "[parameters('packagePath')]",
      signedResource: 'b',
      signedPermission: 'r',
      signedProtocol: 'https',
      signedExpiry: "[parameters('expiry')]",
    },
  },
  resources: [
    {
      type: 'Microsoft.Web/sites/extensions',
      apiVersion: '2024-04-01',
      name: "[concat(parameters('app'), '/onedeploy')]",
      properties: {
        packageUri:
          "[concat(parameters('packageUrl'), '?', listServiceSas(parameters('packagesId'), '2023-05-01', variables('signed')).serviceSasToken)]",
        remoteBuild: false,
      },
    },
  ],
} as const;

export interface CodeArgs {
  resourceGroupName: pulumi.Input<string>;
  app: WebApp;
  code: Package;
  packages: PackageStore;
  retry: pulumi.ErrorHook;
}

/** @returns the deployment; it is made again only when the code, and so the name of the package, changed. */
export function deployCode(
  service: string,
  { resourceGroupName, app, code, packages, retry }: CodeArgs,
  options: { parent: pulumi.Resource; dependsOn: readonly pulumi.Resource[] },
): resources.Deployment {
  const blob = new storage.Blob(
    `${service}-package`,
    {
      resourceGroupName,
      accountName: packages.account.name,
      containerName: packages.container.name,
      blobName: `${service}/${code.hash}/released-package.zip`,
      contentType: 'application/zip',
      source: code.archive,
    },
    { parent: options.parent },
  );
  return new resources.Deployment(
    `${service}-code`,
    {
      resourceGroupName,
      properties: {
        mode: resources.DeploymentMode.Incremental,
        template: TEMPLATE,
        parameters: {
          app: { value: app.name },
          packagesId: { value: packages.account.id },
          packageUrl: { value: blob.url },
          packagePath: {
            value: pulumi.interpolate`/blob/${packages.account.name}/${packages.container.name}/${blob.name}`,
          },
        },
      },
    },
    {
      parent: options.parent,
      dependsOn: [...options.dependsOn],
      deletedWith: app,
      hooks: { onError: [retry] },
    },
  );
}
