/** Runs the whole platform: its components and the function apps, each a process, started again when it dies. */
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import type { CosmosClient } from '@azure/cosmos';
import type { Orders } from '../github/order-schema.ts';
import type { WorldOptions } from '../github/world-plan.ts';
import { addressesOf, type PlatformAddresses } from './addresses.ts';
import { appSettings, inheritedEnvironment, type Addresses } from './app-settings.ts';
import { AppChildren, type AppFolder } from './app-children.ts';
import { SupervisedChild, type Listening } from './child.ts';
import { logChild } from './child-log.ts';
import { COMPILE_CACHE } from './compile-cache.ts';
import type { ComponentAddresses, ComponentName, ComponentOptions } from './component-messages.ts';
import type { Containers } from './containers.ts';
import type { DataFolder } from './data-folder.ts';
import { FaultDesk, type FaultCount } from './fault-desk.ts';
import { simulation } from './local-settings.ts';
import type { LogFile } from './log-file.ts';
import type { LogRecord } from './log-record.ts';
import { ofSettings } from './of-settings.ts';
import { choosePorts, USUAL_PORTS, type ChosenPorts, type PortName, type Ports } from './ports.ts';
import { settingOf, type UserSettings } from './user-settings.ts';

export interface SupervisorOptions {
  data: DataFolder;
  user: UserSettings;
  /** The built bundles; asked for while the components start. */
  apps: () => Promise<readonly AppFolder[]>;
  /** The simulated GitHub's world; absent when the real one is read. */
  world?: WorldOptions;
  /** What happens in that world, and which answers fail, from the start of its process and of each that replaces it. */
  orders?: Orders;
  /** The file that telemetry goes into; without it there is none. */
  telemetry?: string;
  /** Whether runs are archived: then there are Azurite and the archiver too. */
  archive?: boolean;
  /** 0 is any; a taken one is replaced. */
  ports?: Ports;
  /** More settings by app, such as `AzureWebJobs.<function>.Disabled`. */
  extra?: Record<string, Record<string, string>>;
  /** Multiplies the broker's lock durations, and every waiting time of the services. */
  durationScale?: number;
}

export interface SupervisorEvents {
  /** Every line that a child says. */
  log: [LogRecord];
  /** A child died by itself and is started again after `delayMs`. */
  died: [{ name: string; code: number | null; signal: NodeJS.Signals | null; delayMs: number }];
  /** A child that died listens again. */
  back: [{ name: string }];
  /** A fault that was ordered has hit. */
  fault: [FaultCount];
  /** A child cannot be started: nothing works from here on. */
  gaveUp: [Error];
}

/** Of no use where there is no archive. */
const ARCHIVE_APP = 'archiver';
const COMPONENT_SCRIPT = join(import.meta.dirname, 'component.ts');

/**
 * new --start--> components listen, containers exist, apps listen --stop--> apps gone, then components gone.
 * Children are killed when this process exits, and end by themselves when it was killed.
 */
export class Supervisor extends EventEmitter<SupervisorEvents> {
  readonly #options: SupervisorOptions;
  readonly #components = new Map<ComponentName, SupervisedChild>();
  readonly #apps: AppChildren;
  readonly #logFiles: LogFile[] = [];
  /** Orders faults of Cosmos DB, Service Bus and the sinks; GitHub has orders of its own. */
  readonly faults = new FaultDesk(
    (name) => this.#apps.get(name),
    (hit) => this.emit('fault', hit),
  );
  readonly #killAll = (): void => {
    for (const child of this.#children()) child.kill('SIGKILL');
  };
  #ports: Ports = { ...USUAL_PORTS };
  #replaced: { name: PortName; wanted: number; port: number }[] = [];
  #addresses: PlatformAddresses | undefined;
  #client: CosmosClient | undefined;
  #containers: Containers | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: SupervisorOptions) {
    super();
    this.#options = options;
    this.#apps = new AppChildren({
      environment: (app) => this.#environmentOf(app),
      state: options.data.state,
      // Those that people call.
      portOf: (app) => (app === 'scheduler' || app === 'reporter' ? this.#ports[app] : undefined),
    });
    process.on('exit', this.#killAll);
  }

  get ports(): Readonly<Ports> {
    return this.#ports;
  }
  /** Usual ports that were taken. */
  get replacedPorts(): readonly { name: PortName; wanted: number; port: number }[] {
    return this.#replaced;
  }
  /** @throws when the platform was not started. */
  get addresses(): PlatformAddresses {
    if (!this.#addresses) throw new Error('the platform was not started');
    return this.#addresses;
  }
  /** What the services store, in the embedded Cosmos DB. @throws when the platform was not started. */
  get containers(): Containers {
    if (!this.#containers) throw new Error('the platform was not started');
    return this.#containers;
  }
  /** Every process with its id, alive or between two lives. */
  processes(): { name: string; pid: number | undefined; state: string; starts: number }[] {
    return this.#children().map(({ name, pid, state, starts }) => ({ name, pid, state, starts }));
  }

  /** Starts everything. @throws ChildFailed when a process cannot be started, UserError when that is for its settings; then everything is stopped again. */
  async start(): Promise<void> {
    let chosen: ChosenPorts | undefined;
    try {
      const apps = this.#options.apps();
      // Awaited below: a build that fails meanwhile must not count as unhandled.
      apps.catch(() => undefined);
      chosen = await choosePorts(this.#options.ports);
      this.#ports = chosen.ports;
      const { world, telemetry, archive = false } = this.#options;
      const used: Partial<Record<PortName, boolean>> = {
        github: world !== undefined,
        applicationInsights: telemetry !== undefined,
        azurite: archive,
      };
      this.#replaced = chosen.replaced.filter(({ name }) => used[name] ?? true);
      await this.#startComponents();
      const wanted = (await apps).filter(({ name }) => archive || name !== ARCHIVE_APP);
      await Promise.all(wanted.map((app) => this.#watch(this.#apps.add(app))));
    } catch (error) {
      await this.stop();
      throw ofSettings(error);
    } finally {
      chosen?.done();
    }
  }

  /** Sends a signal to one process by its name, as tests of crashes do. */
  kill(name: string, signal: NodeJS.Signals): void {
    this.#children()
      .find((child) => child.name === name)
      ?.kill(signal);
  }

  /** Starts one more instance of an app, as scaling out does. @returns its name; it is killed by it like any other. @throws for what is no app. */
  async addInstance(app: string): Promise<string> {
    const child = this.#apps.addInstance(app);
    await this.#watch(child);
    return child.name;
  }

  /** Stops an instance in good order, as scaling in does. */
  removeInstance(name: string): Promise<void> {
    return this.#apps.remove(name);
  }

  /** The wall clock of an app, or of one of its instances, from now on and in its next lives. */
  setClock(name: string, offsetMs: number): Promise<void> {
    return this.#apps.clocks.set(name, offsetMs);
  }

  /** Stops the apps, then the components, each in good order or after 6 s hard. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** Kills everything at once. Nothing is lost: all stores are durable at every instant. */
  killAll(): void {
    this.#killAll();
  }

  async #stop(): Promise<void> {
    this.#client?.dispose();
    await Promise.all(this.#apps.all.map((child) => child.stop()));
    await Promise.all([...this.#components.values()].map((child) => child.stop()));
    process.off('exit', this.#killAll);
    for (const file of this.#logFiles) file.close();
  }

  #children(): SupervisedChild[] {
    return [...this.#components.values(), ...this.#apps.all];
  }

  async #startComponents(): Promise<Addresses> {
    const { data, world, orders, user, durationScale, telemetry, archive } = this.#options;
    const ports = this.#ports;
    const start = <N extends ComponentName>(
      component: N,
      options: Omit<Extract<ComponentOptions, { component: N }>, 'component'>,
    ): Promise<ComponentAddresses[N]> => this.#startComponent(component, { component, ...options });
    const startingCosmos = start('cosmos', { dataFile: data.cosmosFile, port: ports.cosmos });
    const broker = start('service-bus', {
      dataFile: data.serviceBusFile,
      port: ports.serviceBus,
      ...(durationScale !== undefined && { durationScale }),
    });
    const startSinks = (more: { deliverTo?: { serviceBus: string } }) =>
      start('sinks', {
        eventGrid: { directory: data.eventGrid, port: ports.eventGrid },
        sendGrid: { directory: data.mail, port: ports.sendGrid },
        ...more,
      });
    const [serviceBus, cosmos, sinks, azurite, applicationInsights, github] = await Promise.all([
      broker,
      startingCosmos,
      archive
        ? broker.then((at) => startSinks({ deliverTo: { serviceBus: at.connectionString } }))
        : startSinks({}),
      archive ? start('azurite', { directory: data.azurite, port: ports.azurite }) : undefined,
      telemetry === undefined
        ? undefined
        : start('application-insights', { file: telemetry, port: ports.applicationInsights }),
      world &&
        start('github', {
          port: ports.github,
          world,
          ...simulation(user.local),
          ...(orders && { orders }),
        }),
      this.#openContainers(startingCosmos),
    ]);
    const reporterPort = ports.reporter;
    this.#addresses = addressesOf(
      { serviceBus, cosmos, sinks, azurite, applicationInsights, github, reporterPort },
      orders,
    );
    return this.#addresses;
  }

  /** @param cosmos resolves when it listens. */
  async #openContainers(cosmos: Promise<ComponentAddresses['cosmos']>): Promise<void> {
    const { user } = this.#options;
    // Loaded while the processes start, which all have been begun by now.
    const [{ endpoint, key }, { CosmosClient }, { createContainers }] = await Promise.all([
      cosmos,
      import('@azure/cosmos'),
      import('./containers.ts'),
    ]);
    this.#client = new CosmosClient({
      endpoint,
      key,
      connectionPolicy: { enableBackgroundEndpointRefreshing: false },
    });
    const budget = settingOf('CosmosDB_ServerlessMode', user)
      ? undefined
      : settingOf('CosmosDB_ProvisionedThroughput', user);
    const name = settingOf('CosmosDB_DBName', user);
    this.#containers = await createContainers(this.#client, name, user, budget);
  }

  async #startComponent<N extends ComponentName>(
    name: N,
    options: { component: N } & Record<string, unknown>,
  ): Promise<ComponentAddresses[N]> {
    const child = new SupervisedChild({
      name,
      script: COMPONENT_SCRIPT,
      env: () => ({ ...inheritedEnvironment(), NODE_COMPILE_CACHE: COMPILE_CACHE }),
      message: () => options,
    });
    this.#components.set(name, child);
    this.faults.open(child);
    return (await this.#watch(child)) as Listening & ComponentAddresses[N];
  }

  #environmentOf(app: string): Record<string, string> {
    const { user, extra, durationScale } = this.#options;
    return {
      ...inheritedEnvironment(),
      ...appSettings(app, user, this.addresses),
      ...(durationScale !== undefined && { DurationScale: String(durationScale) }),
      ...extra?.[app],
      NODE_COMPILE_CACHE: COMPILE_CACHE,
    };
  }

  #watch(child: SupervisedChild): Promise<Listening> {
    // Ctrl-C while it was starting: nothing more is begun.
    if (this.#stopped) throw new Error('the platform is stopping');
    const { name } = child;
    this.#logFiles.push(logChild(child, this.#options.data.logs, (record) => this.emit('log', record)));
    child.on('died', (death) => this.emit('died', { name, ...death }));
    child.on('gaveUp', (error) => this.emit('gaveUp', error));
    child.on('listening', () => {
      if (child.starts > 1) this.emit('back', { name });
    });
    return child.start();
  }
}
