/** Starts one component of the platform inside this process. Only what it needs is loaded. */
import type { FaultPlan } from '../faults/fault-plan.ts';
import { isDiskFull, type AnyFault, type FaultOf } from '../faults/fault-schema.ts';
import type { ComponentAddresses, ComponentName, ComponentOptions } from './component-messages.ts';

export interface Component {
  addresses: ComponentAddresses[ComponentName];
  /** Carries out the faults that were ordered for at once. */
  carryOut?(): void;
  close(): Promise<void>;
}

/** What the supervisor orders of this process: faults of its own component alone. */
type Faults = FaultPlan<AnyFault>;

type OptionsOf<N extends ComponentName> = Extract<ComponentOptions, { component: N }>;

async function serviceBus(options: OptionsOf<'service-bus'>, plan: Faults): Promise<Component> {
  const { dataFile, port, durationScale = 1 } = options;
  const [{ startServiceBus }, { serviceBusConfig }] = await Promise.all([
    import('../service-bus/server.ts'),
    import('./service-bus-config.ts'),
  ]);
  const faults = plan as FaultPlan<FaultOf<'service-bus'>>;
  const server = await startServiceBus({
    config: serviceBusConfig(),
    dataFile,
    port,
    durationScale,
    faults,
  });
  return {
    addresses: { connectionString: server.connectionString },
    carryOut() {
      server.setRoom(!faults.stands(isDiskFull));
      for (;;) {
        const order = faults.take(({ operation }) => operation === 'cut');
        if (order?.operation !== 'cut') return;
        server.cut(order.queue);
      }
    },
    close: () => server.close(),
  };
}

async function cosmos({ dataFile, port }: OptionsOf<'cosmos'>, plan: Faults): Promise<Component> {
  const { startCosmos } = await import('../cosmos/server.ts');
  const server = await startCosmos({ dataFile, port, faults: plan as FaultPlan<FaultOf<'cosmos'>> });
  const { endpoint, key, connectionString } = server;
  return {
    addresses: { endpoint, key, connectionString },
    carryOut: () => server.setRoom(!plan.stands(isDiskFull)),
    close: () => server.close(),
  };
}

async function sinks(options: OptionsOf<'sinks'>, given: Faults): Promise<Component> {
  const [{ startEventGrid }, { startSendGrid }] = await Promise.all([
    import('../event-grid/server.ts'),
    import('../sendgrid/server.ts'),
  ]);
  const plan = given as FaultPlan<FaultOf<'sinks'>>;
  const { deliverTo } = options;
  // Loads an SDK, so only where it is needed.
  const delivery = deliverTo && (await import('../event-grid/delivery.ts')).deliverTo(deliverTo.serviceBus);
  const [eventGrid, sendGrid] = await Promise.all([
    startEventGrid({
      ...options.eventGrid,
      faults: { plan, sink: 'event-grid' },
      ...(delivery && { onEvent: (event) => delivery.take(event) }),
    }),
    startSendGrid({ ...options.sendGrid, faults: { plan, sink: 'send-grid' } }),
  ]);
  return {
    addresses: {
      eventGridEndpoint: eventGrid.endpoint,
      eventGridUrl: eventGrid.url,
      sendGridUrl: sendGrid.url,
    },
    close: async () => void (await Promise.all([eventGrid.close(), sendGrid.close(), delivery?.close()])),
  };
}

async function azurite(options: OptionsOf<'azurite'>): Promise<Component> {
  const { startAzurite } = await import('../azurite/server.ts');
  const server = await startAzurite(options);
  return { addresses: { url: server.url, key: server.key }, close: () => server.close() };
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
export function serveComponent(options: ComponentOptions, faults: Faults): Promise<Component> {
  switch (options.component) {
    case 'service-bus':
      return serviceBus(options, faults);
    case 'cosmos':
      return cosmos(options, faults);
    case 'sinks':
      return sinks(options, faults);
    case 'azurite':
      return azurite(options);
    case 'application-insights':
      return applicationInsights(options);
    case 'github':
      return github(options);
  }
}
