/** Puts together where the parts of the platform are reached, from what each said when it listened. */
import type { Orders } from '../github/order-schema.ts';
import type { Addresses } from './app-settings.ts';
import type { ComponentAddresses } from './component-messages.ts';

/** Of the apps, and of people who look into the sinks. */
export type PlatformAddresses = Addresses & { eventGridUrl: string; sendGridUrl: string };

interface Said {
  serviceBus: ComponentAddresses['service-bus'];
  cosmos: ComponentAddresses['cosmos'];
  sinks: ComponentAddresses['sinks'];
  /** Undefined without the archive. */
  azurite: ComponentAddresses['azurite'] | undefined;
  /** Undefined without telemetry. */
  applicationInsights: ComponentAddresses['application-insights'] | undefined;
  /** Undefined when the real one is read. */
  github: ComponentAddresses['github'] | undefined;
  /** Where the reporter's app will listen. */
  reporterPort: number;
}

export function addressesOf(
  { serviceBus, cosmos, sinks, azurite, applicationInsights, github, reporterPort }: Said,
  orders: Orders | undefined,
): PlatformAddresses {
  return {
    serviceBusConnection: serviceBus.connectionString,
    cosmosEndpoint: cosmos.endpoint,
    cosmosKey: cosmos.key,
    cosmosConnection: cosmos.connectionString,
    eventGridEndpoint: sinks.eventGridEndpoint,
    eventGridUrl: sinks.eventGridUrl,
    sendGridEndpoint: sinks.sendGridUrl,
    sendGridUrl: sinks.sendGridUrl,
    dashboardUrl: `http://127.0.0.1:${reporterPort}`,
    ...(azurite && { archiveUrl: azurite.url, archiveKey: azurite.key }),
    ...(applicationInsights && { applicationInsightsConnection: applicationInsights.connectionString }),
    ...(github && { githubUrl: github.url }),
    ...(orders?.credentials.length && {
      githubCredentials: JSON.stringify(
        orders.credentials.map(({ name, token, owners }) => ({ name, token, owners })),
      ),
    }),
  };
}
