/** The workbook, as a resource. */
import * as applicationinsights from '@pulumi/azure-native/applicationinsights/index.js';
import * as pulumi from '@pulumi/pulumi';
import { guidOf } from './roles.ts';
import { workbookContent } from './workbook-content.ts';
import type { WorkbookResources } from './workbook-items.ts';

export class Workbook extends pulumi.ComponentResource {
  /** Where it is in the portal. */
  readonly address: pulumi.Output<string>;

  constructor(
    name: string,
    {
      resourceGroupName,
      resources,
    }: {
      resourceGroupName: pulumi.Input<string>;
      resources: { [K in keyof WorkbookResources]: pulumi.Input<string> };
    },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super('github-repo-stats:infra:Workbook', name, {}, options);
    const displayName = 'GitHub repository statistics';
    const made = new applicationinsights.Workbook(
      'runs-workbook',
      {
        resourceGroupName,
        // Azure wants a GUID; the provider would send the logical name with random digits.
        resourceName: guidOf(`${pulumi.getProject()}/${pulumi.getStack()}/workbook`),
        kind: applicationinsights.WorkbookSharedTypeKind.Shared,
        category: 'workbook',
        displayName,
        sourceId: resources.workspace,
        serializedData: pulumi.output(resources).apply((ids) => JSON.stringify(workbookContent(ids))),
        version: 'Notebook/1.0',
        // The title in lists of resources, where the name is a GUID.
        tags: { 'hidden-title': displayName },
      },
      { parent: this },
    );
    this.address = pulumi.interpolate`https://portal.azure.com/#resource${made.id}/workbook`;
    this.registerOutputs({ address: this.address });
  }
}
