/** The whole stack, put together by hand: what the apps share, then the five apps. */
import * as resources from '@pulumi/azure-native/resources/index.js';
import * as pulumi from '@pulumi/pulumi';
import { Alerts } from './alerts.ts';
import { Budget } from './budget.ts';
import type { InfraConfig } from './config.ts';
import { Events } from './events.ts';
import { FunctionApp } from './function-app.ts';
import { Messaging } from './messaging.ts';
import { Observability } from './observability.ts';
import { PackageStore } from './package-store.ts';
import type { Package } from './packages.ts';
import { retryWhileRolesSpread } from './role-propagation.ts';
import { Secrets } from './secrets.ts';
import type { Platform } from './service-identity.ts';
import { SERVICES, type ServiceName } from './services.ts';
import { Store } from './store.ts';
import { Workbook } from './workbook.ts';

/** What `pulumi up` prints. None of it is secret. */
export interface StackOutputs {
  resourceGroup: pulumi.Output<string>;
  /** Names of the function apps, by service. */
  apps: Record<ServiceName, pulumi.Output<string>>;
  /** Where runs are started and looked at. */
  api: pulumi.Output<string>;
  /** A command that starts a run; it fetches the app's key itself. */
  startRun: pulumi.Output<string>;
  cosmosEndpoint: pulumi.Output<string>;
  eventTopic: pulumi.Output<string> | undefined;
  logs: pulumi.Output<string>;
  /** Charts of runs, costs, queues and failures. */
  workbook: pulumi.Output<string>;
}

/** @param now when the stack is defined; a budget counts from that month. */
export function defineStack(
  config: InfraConfig,
  code: Record<ServiceName, Package>,
  now = new Date(),
): StackOutputs {
  const group = new resources.ResourceGroup('github-repo-stats', { tags: { app: 'github-repo-stats' } });
  const resourceGroupName = group.name;
  const observability = new Observability('observability', { resourceGroupName, config });
  const messaging = new Messaging('messaging', { resourceGroupName });
  const store = new Store('store', { resourceGroupName, location: group.location, config });
  const secrets = new Secrets('secrets', { resourceGroupName, config });
  const events = config.publishEvents ? new Events('events', { resourceGroupName }) : undefined;
  const platform: Platform = { resourceGroupName, messaging, store, events, secrets, observability };

  observability.watch('messages', messaging.namespace.id, 'allLogs');
  observability.watch('store', store.account.id, 'allLogs');
  observability.watch('secrets', secrets.vault.id, 'audit');
  if (events) observability.watch('events', events.topic.id, 'allLogs');
  const watched = { messages: messaging.namespace.id, store: store.account.id };
  const workspace = observability.workspace.id;
  new Alerts('alerts', { resourceGroupName, config, workspace, watched, people: observability.people.id });
  const workbook = new Workbook('workbook', { resourceGroupName, resources: { workspace, ...watched } });
  const { monthlyBudget: amount, alertEmail: emails } = config;
  if (amount !== undefined) new Budget('budget', { group, amount, emails, now });

  const packages = new PackageStore('packages', { resourceGroupName });
  const retry = new pulumi.ErrorHook('while-roles-spread', ({ errors }) =>
    retryWhileRolesSpread(errors ?? []),
  );
  const apps = Object.fromEntries(
    SERVICES.map((service) => [
      service,
      new FunctionApp(service, { config, platform, code: code[service], packages, retry }).app,
    ]),
  ) as Record<ServiceName, FunctionApp['app']>;

  const { scheduler } = apps;
  const api = pulumi.interpolate`https://${scheduler.defaultHostName}/api`;
  return {
    resourceGroup: resourceGroupName,
    apps: Object.fromEntries(
      SERVICES.map((service) => [service, apps[service].name]),
    ) as StackOutputs['apps'],
    api,
    startRun: pulumi.interpolate`curl -X POST -H "x-functions-key: $(az functionapp keys list -g ${resourceGroupName} -n ${scheduler.name} --query functionKeys.default -o tsv)" ${api}/runs`,
    cosmosEndpoint: store.account.documentEndpoint,
    eventTopic: events?.topic.endpoint,
    logs: pulumi.interpolate`https://portal.azure.com/#@/resource${workspace}/logs`,
    workbook: workbook.address,
  };
}
