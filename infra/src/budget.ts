/** A monthly budget of the resource group: it tells of costs, and stops nothing. */
import * as consumption from '@pulumi/azure-native/consumption/index.js';
import type { ResourceGroup } from '@pulumi/azure-native/resources/index.js';
import * as pulumi from '@pulumi/pulumi';

export class Budget extends pulumi.ComponentResource {
  /** @param amount whole units of the subscription's currency. @param now when it is made: it counts from the first of that month. */
  constructor(
    name: string,
    {
      group,
      amount,
      emails,
      now,
    }: { group: ResourceGroup; amount: number; emails: readonly string[]; now: Date },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super('github-repo-stats:infra:Budget', name, {}, options);
    const told = (threshold: number, thresholdType: consumption.ThresholdType) => ({
      enabled: true,
      operator: consumption.OperatorType.GreaterThanOrEqualTo,
      threshold,
      thresholdType,
      contactEmails: [...emails],
    });
    new consumption.Budget(
      'monthly-costs',
      {
        budgetName: 'github-repo-stats',
        scope: group.id,
        category: consumption.CategoryType.Cost,
        amount,
        timeGrain: consumption.TimeGrainType.Monthly,
        timePeriod: { startDate: firstOfMonth(now) },
        notifications: {
          spent80Percent: told(80, consumption.ThresholdType.Actual),
          forecast100Percent: told(100, consumption.ThresholdType.Forecasted),
        },
      },
      // Azure wants the start when it is made and keeps it; in another month nothing has changed.
      { parent: this, ignoreChanges: ['timePeriod'] },
    );
    this.registerOutputs({});
  }
}

const firstOfMonth = (now: Date): string =>
  new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1)).toISOString().replace('.000', '');
