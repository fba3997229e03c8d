/** Starts one component of the platform inside this process. Only what it needs is loaded. */
import type { ComponentAddresses, ComponentName, ComponentOptions } from './component-messages.ts';

export interface Component {
  addresses: ComponentAddresses[ComponentName];
  close(): Promise<void>;
}

type OptionsOf<N extends ComponentName> = Extract<ComponentOptions, { component: N }>;

async function serviceBus({
  dataFile,
  port,
  durationScale = 1,
}: OptionsOf<'service-bus'>): Promise<Component> {
  const [{ startServiceBus }, { serviceBusConfig }] = await Promise.all([
    import('../service-bus/server.ts'),
    import('./service-bus-config.ts'),
  ]);
  const server = await startServiceBus({ config: serviceBusConfig(), dataFile, port, durationScale });
  return { addresses: { connectionString: server.connectionString }, close: () => server.close() };
}

async function cosmos({ dataFile, port }: OptionsOf<'cosmos'>): Promise<Component> {
  const { startCosmos } = await import('../cosmos/server.ts');
  const server = await startCosmos({ dataFile, port });
  const { endpoint, key, connectionString } = server;
  return { addresses: { endpoint, key, connectionString }, close: () => server.close() };
}

async function sinks(options: OptionsOf<'sinks'>): Promise<Component> {
  const [{ startEventGrid }, { startSendGrid }] = await Promise.all([
    import('../event-grid/server.ts'),
    import('../sendgrid/server.ts'),
  ]);
  const [eventGrid, sendGrid] = await Promise.all([
    startEventGrid(options.eventGrid),
    startSendGrid(options.sendGrid),
  ]);
  return {
    addresses: {
      eventGridEndpoint: eventGrid.endpoint,
      eventGridUrl: eventGrid.url,
      sendGridUrl: sendGrid.url,
    },
    close: async () => void (await Promise.all([eventGrid.close(), sendGrid.close()])),
  };
}

/** A process of its own: whatever becomes of telemetry, events and mails go on. */
async function applicationInsights(options: OptionsOf<'application-insights'>): Promise<Component> {
  const { startApplicationInsights } = await import('../application-insights/server.ts');
  const server = await startApplicationInsights(options);
  return { addresses: { connectionString: server.connectionString }, close: () => server.close() };
}

async function github(options: OptionsOf<'github'>): Promise<Component> {
  const { startGithub } = await import('../github/server.ts');
  const server = await startGithub(options);
  return { addresses: { url: server.url }, close: () => server.close() };
}

/** @throws what the component throws: a port that is taken, a file that is in use, a configuration that it refuses. */
export function serveComponent(options: ComponentOptions): Promise<Component> {
  switch (options.component) {
    case 'service-bus':
      return serviceBus(options);
    case 'cosmos':
      return cosmos(options);
    case 'sinks':
      return sinks(options);
    case 'application-insights':
      return applicationInsights(options);
    case 'github':
      return github(options);
  }
}
