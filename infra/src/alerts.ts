/** The alerts, as resources: each names what it is about and links its recipe, and tells the same people. */
import * as monitor from '@pulumi/azure-native/monitor/index.js';
import * as pulumi from '@pulumi/pulumi';
import type { InfraConfig } from './config.ts';
import { logAlerts, type LogAlert } from './log-alerts.ts';
import { METRIC_ALERTS, type MetricWatch } from './metric-alerts.ts';

export interface AlertsArgs {
  resourceGroupName: pulumi.Input<string>;
  config: Pick<InfraConfig, 'runSchedule' | 'logDailyCapGb' | 'archive' | 'operationsPage'>;
  workspace: pulumi.Input<string>;
  /** Resources whose metrics are watched, by id. */
  watched: Record<MetricWatch['of'], pulumi.Input<string>>;
  /** The action group. */
  people: pulumi.Input<string>;
}

/** Where the recipes are, when nobody said under which address people read them. */
const OPERATIONS_PAGE = 'docs/operations.md';

/** Log alerts are paid by how often they look: four times an hour is the cheapest, and soon enough for what takes hours. */
const LOG_ALERT_EVERY = 'PT15M';

export class Alerts extends pulumi.ComponentResource {
  constructor(name: string, args: AlertsArgs, options?: pulumi.ComponentResourceOptions) {
    super('github-repo-stats:infra:Alerts', name, {}, options);
    const page = args.config.operationsPage ?? OPERATIONS_PAGE;
    const described = ({ name, description }: LogAlert | MetricWatch): string =>
      `${description} What to do: ${page}#${name}`;
    for (const alert of logAlerts(args.config)) this.#watchLogs(alert, described(alert), args);
    for (const alert of METRIC_ALERTS) this.#watchMetric(alert, described(alert), args);
    this.registerOutputs({});
  }

  #watchLogs(
    alert: LogAlert,
    description: string,
    { resourceGroupName, workspace, people }: AlertsArgs,
  ): void {
    const { dimension, measure } = alert;
    new monitor.ScheduledQueryRule(
      alert.name,
      {
        resourceGroupName,
        kind: monitor.Kind.LogAlert,
        displayName: alert.title,
        description,
        severity: alert.severity,
        enabled: true,
        scopes: [workspace],
        evaluationFrequency: LOG_ALERT_EVERY,
        windowSize: LOG_ALERT_EVERY,
        ...(alert.looksBack !== LOG_ALERT_EVERY && { overrideQueryTimeRange: alert.looksBack }),
        criteria: {
          allOf: [
            {
              query: alert.query,
              timeAggregation: measure ? monitor.TimeAggregation.Total : monitor.TimeAggregation.Count,
              ...(measure && { metricMeasureColumn: measure.column }),
              operator: monitor.ConditionOperator.GreaterThan,
              threshold: measure?.above ?? 0,
              dimensions: dimension
                ? [
                    {
                      name: dimension.name,
                      operator: monitor.DimensionOperator.Include,
                      values: [...dimension.values],
                    },
                  ]
                : [],
              failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 },
            },
          ],
        },
        autoMitigate: true,
        // On the first `up` the tables are not there yet.
        skipQueryValidation: true,
        actions: { actionGroups: [people] },
      },
      { parent: this },
    );
  }

  #watchMetric(
    alert: MetricWatch,
    description: string,
    { resourceGroupName, watched, people }: AlertsArgs,
  ): void {
    new monitor.MetricAlert(
      alert.name,
      {
        resourceGroupName,
        location: 'global',
        description,
        severity: alert.severity,
        enabled: true,
        scopes: [watched[alert.of]],
        evaluationFrequency: alert.every,
        windowSize: alert.window,
        criteria: {
          odataType: 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria',
          allOf: [
            {
              criterionType: 'StaticThresholdCriterion',
              name: alert.name,
              metricNamespace: alert.namespace,
              metricName: alert.metric,
              timeAggregation: alert.aggregation,
              operator: monitor.Operator.GreaterThan,
              threshold: alert.above,
              dimensions: [
                { name: alert.dimension.name, operator: 'Include', values: [...alert.dimension.values] },
              ],
            },
          ],
        },
        autoMitigate: true,
        actions: [{ actionGroupId: people }],
      },
      { parent: this },
    );
  }
}
