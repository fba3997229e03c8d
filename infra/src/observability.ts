/** Where logs, traces and metrics go: a workspace, Application Insights, and the people who are told. */
import * as applicationinsights from '@pulumi/azure-native/applicationinsights/index.js';
import * as monitor from '@pulumi/azure-native/monitor/index.js';
import * as operationalinsights from '@pulumi/azure-native/operationalinsights/index.js';
import * as pulumi from '@pulumi/pulumi';
import type { InfraConfig } from './config.ts';

export class Observability extends pulumi.ComponentResource {
  readonly workspace: operationalinsights.Workspace;
  readonly insights: applicationinsights.Component;
  readonly people: monitor.ActionGroup;

  constructor(
    name: string,
    {
      resourceGroupName,
      config,
    }: {
      resourceGroupName: pulumi.Input<string>;
      config: Pick<InfraConfig, 'alertEmail' | 'logRetentionDays' | 'logDailyCapGb'>;
    },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super('github-repo-stats:infra:Observability', name, {}, options);
    const parent = { parent: this };
    this.workspace = new operationalinsights.Workspace(
      'logs',
      {
        resourceGroupName,
        sku: { name: operationalinsights.WorkspaceSkuNameEnum.PerGB2018 },
        retentionInDays: config.logRetentionDays,
        workspaceCapping: { dailyQuotaGb: config.logDailyCapGb },
        features: { disableLocalAuth: true, enableLogAccessUsingOnlyResourcePermissions: true },
      },
      parent,
    );
    this.insights = new applicationinsights.Component(
      'insights',
      {
        resourceGroupName,
        kind: 'web',
        applicationType: applicationinsights.ApplicationType.Web,
        ingestionMode: applicationinsights.IngestionMode.LogAnalytics,
        workspaceResourceId: this.workspace.id,
        disableLocalAuth: true,
      },
      parent,
    );
    this.people = new monitor.ActionGroup(
      'people',
      {
        resourceGroupName,
        location: 'Global',
        enabled: true,
        // Twelve characters at most: the sender that text messages would show.
        groupShortName: 'github-stats',
        emailReceivers: config.alertEmail.map((emailAddress, i) => ({
          name: `person-${i + 1}`,
          emailAddress,
          useCommonAlertSchema: true,
        })),
      },
      parent,
    );
    this.registerOutputs({ workspace: this.workspace.name });
  }

  /** Sends the logs and metrics of a resource to the workspace. @param logs a category group of that kind of resource. */
  watch(
    name: string,
    resourceUri: pulumi.Input<string>,
    logs: 'allLogs' | 'audit',
  ): monitor.DiagnosticSetting {
    return new monitor.DiagnosticSetting(
      `watch-${name}`,
      {
        name: 'to-workspace',
        resourceUri,
        workspaceId: this.workspace.id,
        logAnalyticsDestinationType: 'Dedicated',
        logs: [{ categoryGroup: logs, enabled: true }],
        metrics: [{ category: 'AllMetrics', enabled: true }],
      },
      { parent: this },
    );
  }
}
