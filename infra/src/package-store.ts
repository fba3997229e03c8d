/** The storage account that holds the deployment packages until Azure has fetched them. */
import * as storage from '@pulumi/azure-native/storage/index.js';
import * as pulumi from '@pulumi/pulumi';
import { PACKAGES_ACCOUNT } from './names.ts';

export class PackageStore extends pulumi.ComponentResource {
  readonly account: storage.StorageAccount;
  readonly container: storage.BlobContainer;

  constructor(
    name: string,
    { resourceGroupName }: { resourceGroupName: pulumi.Input<string> },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super('github-repo-stats:infra:PackageStore', name, {}, options);
    const parent = { parent: this };
    this.account = new storage.StorageAccount(
      PACKAGES_ACCOUNT,
      {
        resourceGroupName,
        kind: storage.Kind.StorageV2,
        sku: { name: storage.SkuName.Standard_LRS },
        allowBlobPublicAccess: false,
        // The provider uploads with the account's key, so this one account has keys; it holds code alone, no data.
        allowSharedKeyAccess: true,
        minimumTlsVersion: storage.MinimumTlsVersion.TLS1_2,
        enableHttpsTrafficOnly: true,
      },
      parent,
    );
    this.container = new storage.BlobContainer(
      'packages-container',
      {
        resourceGroupName,
        accountName: this.account.name,
        containerName: 'packages',
        publicAccess: storage.PublicAccess.None,
      },
      parent,
    );
    this.registerOutputs({ account: this.account.name });
  }
}
