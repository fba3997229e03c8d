/** Puts together where the parts of the platform are reached, from what each said when it listened. */
import type { Orders } from '../github/order-schema.ts';
import type { Addresses } from './app-settings.ts';
import type { ComponentAddresses } from './component-messages.ts';

/** Of the apps, and of people who look into the sinks. */
export type PlatformAddresses = Addresses & { eventGridUrl: string; sendGridUrl: string };

/** @param github undefined when the real one is read. */
export function addressesOf(
  said: Omit<ComponentAddresses, 'github'> & { github: ComponentAddresses['github'] | undefined },
  orders: Orders | undefined,
): PlatformAddresses {
  const { 'service-bus': serviceBus, cosmos, sinks, github } = said;
  return {
    serviceBusConnection: serviceBus.connectionString,
    cosmosEndpoint: cosmos.endpoint,
    cosmosKey: cosmos.key,
    cosmosConnection: cosmos.connectionString,
    eventGridEndpoint: sinks.eventGridEndpoint,
    eventGridUrl: sinks.eventGridUrl,
    sendGridEndpoint: sinks.sendGridUrl,
    sendGridUrl: sinks.sendGridUrl,
    ...(sinks.applicationInsightsConnection !== undefined && {
      applicationInsightsConnection: sinks.applicationInsightsConnection,
    }),
    ...(github && { githubUrl: github.url }),
    ...(orders?.credentials.length && {
      githubCredentials: JSON.stringify(
        orders.credentials.map(({ name, token, owners }) => ({ name, token, owners })),
      ),
    }),
  };
}
