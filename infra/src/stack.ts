/** The whole stack, put together by hand: what the apps share, then the apps. */
import * as resources from '@pulumi/azure-native/resources/index.js';
import { ARCHIVE_QUEUE } from '@github-repo-stats/shared/topology';
import * as pulumi from '@pulumi/pulumi';
import { AnalysisAccess } from './analysis-access.ts';
import { commandSettings } from './app-settings.ts';
import { Archive } from './archive.ts';
import { Alerts } from './alerts.ts';
import { Budget } from './budget.ts';
import type { InfraConfig } from './config.ts';
import { EventDelivery } from './event-delivery.ts';
import { Events } from './events.ts';
import { FunctionApp } from './function-app.ts';
import { Locks } from './locks.ts';
import { EVENT_QUEUE } from './names.ts';
import { Messaging } from './messaging.ts';
import { Observability } from './observability.ts';
import { PERMISSIONS } from './permissions.ts';
import { PackageStore } from './package-store.ts';
import type { Package } from './packages.ts';
import { PrivateNetwork } from './private-network.ts';
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
  apps: Partial<Record<ServiceName, pulumi.Output<string>>>;
  /** Where runs are started and looked at. */
  api: pulumi.Output<string>;
  /** A command that starts a run; it fetches the app's key itself. */
  startRun: pulumi.Output<string>;
  cosmosEndpoint: pulumi.Output<string>;
  /** Null when there is none, since Pulumi complains of an output that is undefined. */
  eventTopic: pulumi.Output<string> | null;
  /** Name of the queue to which events are delivered; its namespace is that of the other queues. */
  eventQueue: pulumi.Output<string> | null;
  /** Address of the container that runs are archived in; null when they are not. */
  archive: pulumi.Output<string> | null;
  /** What commands read that ask archive and database, such as the workflow that analyses runs; null without an archive. */
  commandSettings: pulumi.Output<Record<string, string>> | null;
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
  const messaging = new Messaging('messaging', { resourceGroupName, config });
  const store = new Store('store', { resourceGroupName, location: group.location, config });
  const secrets = new Secrets('secrets', { resourceGroupName, config });
  const events = config.publishEvents ? new Events('events', { resourceGroupName, config }) : undefined;
  const retry = new pulumi.ErrorHook('while-roles-spread', ({ errors }) =>
    retryWhileRolesSpread(errors ?? []),
  );
  const archive = config.archive
    ? new Archive('archive', { resourceGroupName, config, messaging, events, retry })
    : undefined;
  const network = config.privateNetwork ? new PrivateNetwork('network', { resourceGroupName }) : undefined;
  network?.connect('messages', 'serviceBus', messaging.namespace.id);
  network?.connect('store', 'cosmos', store.account.id);
  network?.connect('secrets', 'keyVault', secrets.vault.id);
  if (events) network?.connect('events', 'eventGrid', events.topic.id);
  if (archive) network?.connect('archive', 'blobs', archive.account.id);
  const platform: Platform = {
    resourceGroupName,
    messaging,
    store,
    events,
    archive,
    secrets,
    observability,
    network,
  };

  const { analysisPrincipalId: principalId } = config;
  const analysis =
    archive && principalId !== undefined
      ? new AnalysisAccess('analysis', { principalId, archive, platform })
      : undefined;

  observability.watch('messages', messaging.namespace.id, 'allLogs');
  observability.watch('store', store.account.id, 'allLogs');
  const audit = observability.watch('secrets', secrets.vault.id, 'audit');
  if (events) observability.watch('events', events.topic.id, 'allLogs');
  const watched = { messages: messaging.namespace.id, store: store.account.id };
  const workspace = observability.workspace.id;
  new Alerts('alerts', { resourceGroupName, config, workspace, watched, people: observability.people.id });
  const workbook = new Workbook('workbook', { resourceGroupName, resources: { workspace, ...watched } });
  const { monthlyBudget: amount, alertEmail: emails } = config;
  if (amount !== undefined) new Budget('budget', { group, amount, emails, now });

  const packages = new PackageStore('packages', { resourceGroupName });
  const eventQueue =
    config.eventQueue && events
      ? new EventDelivery('event-queue', {
          resourceGroupName,
          messaging,
          events,
          queue: { ...ARCHIVE_QUEUE, name: EVENT_QUEUE },
          what: 'events',
          retry,
        })
      : undefined;
  const services = SERVICES.filter((service) => archive || !PERMISSIONS[service].archive);
  const functionApps = services.map(
    (service) =>
      [
        service,
        new FunctionApp(service, { config, platform, code: code[service], packages, retry }),
      ] as const,
  );
  const apps = Object.fromEntries(functionApps.map(([service, { app }]) => [service, app])) as Record<
    ServiceName,
    FunctionApp['app']
  >;
  if (config.lock) {
    const grants = [...functionApps.flatMap(([, app]) => app.grants), ...(analysis?.grants ?? [])];
    const { protect } = config;
    new Locks('locks', {
      store,
      secrets,
      archive,
      protect,
      under: [
        ...Object.values(store.containers),
        ...(archive?.parts ?? []),
        ...Object.values(secrets.stored).map(({ secret }) => secret),
        ...grants,
        audit,
        ...(network?.links ?? []),
      ],
    });
  }

  const { scheduler } = apps;
  const api = pulumi.interpolate`https://${scheduler.defaultHostName}/api`;
  return {
    resourceGroup: resourceGroupName,
    apps: Object.fromEntries(
      services.map((service) => [service, apps[service].name]),
    ) as StackOutputs['apps'],
    api,
    startRun: pulumi.interpolate`curl -X POST -H "x-functions-key: $(az functionapp keys list -g ${resourceGroupName} -n ${scheduler.name} --query functionKeys.default -o tsv)" ${api}/runs`,
    cosmosEndpoint: store.account.documentEndpoint,
    eventTopic: events?.topic.endpoint ?? null,
    eventQueue: eventQueue?.queue.name ?? null,
    archive: archive?.url ?? null,
    commandSettings: archive ? pulumi.output(commandSettings(config, platform)) : null,
    logs: pulumi.interpolate`https://portal.azure.com/#@/resource${workspace}/logs`,
    workbook: workbook.address,
  };
}
