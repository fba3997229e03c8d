// The Functions host: loads one function app and serves its triggers until it is stopped.
import {
  createCoreModule,
  installCoreModule,
  type AppRegistry,
  type RegisteredFunction,
} from './core-module.ts';
import type { Binding } from './core-types.ts';
import { readHostOptions, type HostOptions } from './host-json.ts';
import type { RunningHttpServer } from './http-server.ts';
import type { HttpEndpoint } from './http-trigger.ts';
import { Invoker, isTrigger, type InvocationInput } from './invoker.ts';
import { forgetApp, loadApp, readAppFiles } from './load-app.ts';
import { captureConsole, createLogger, type Logger, type LogRecord } from './log.ts';
import { HostStartError } from './problems.ts';
import { isDisabled, resolvePlaceholders, type Settings } from './settings.ts';
import type { RunningTimer } from './timer-trigger.ts';
import type { RunningTrigger, StartTrigger, TriggerKind, TriggerSetup } from './trigger.ts';

export interface FunctionHostOptions {
  /** Folder with host.json, package.json (`main`: a CommonJS bundle) and that bundle. */
  appFolder: string;
  /** The app settings; they become environment variables of this process until the host stops. */
  settings: Settings;
  /** 0 takes a free port; absent serves HTTP, on a free port, only when a function needs it. */
  httpPort?: number;
  onLog?: (record: LogRecord) => void;
  /** Called when the process should end: a function exceeded `functionTimeout`. */
  onFatal?: (error: Error) => void;
}

export interface FunctionHost {
  /** The app's name without its scope. */
  name: string;
  httpPort: number | undefined;
  functions: { name: string; trigger: TriggerKind; disabled: boolean }[];
  logger: Logger;
  /** Takes no new work, waits up to `graceMs` (5 s) for what runs, runs the appTerminate hooks, lets go of everything. */
  stop(graceMs?: number): Promise<void>;
}

interface Prepared {
  fn: RegisteredFunction;
  kind: TriggerKind;
  disabled: boolean;
  start?: StartTrigger;
  endpoint?: HttpEndpoint;
}

const GRACE_MS = 5000;

/**
 * Resolves when the app is loaded, HTTP listens and every trigger has begun; a peer that is away then is tried again by its
 * trigger. Rejects with HostStartError naming all that is wrong with the app, its host.json and its settings.
 * One app per process: the app's library is bound to the process it was loaded in.
 */
export async function startFunctionHost(options: FunctionHostOptions): Promise<FunctionHost> {
  const { settings } = options;
  const files = readAppFiles(options.appFolder);
  const problems: string[] = [];
  const hostOptions = readHostOptions(files.hostJson, settings, (problem) => problems.push(problem));
  const logger = createLogger(files.name, hostOptions.logLevels, options.onLog ?? (() => undefined));
  const { registry, coreModule } = createCoreModule((level, category, message) =>
    logger.app(level, category, message),
  );
  const undo = [
    applySettings(settings),
    captureConsole(logger),
    installCoreModule(coreModule),
    () => forgetApp(files),
  ];
  const running: RunningTrigger[] = [];
  let server: RunningHttpServer | undefined;
  try {
    const streams = await loadApp(files, registry);
    if (streams) undo.push(streams.close);
    const prepared = await prepareFunctions(registry, settings, hostOptions, files.name, problems);
    if (problems.length > 0) throw new HostStartError(problems);

    const invoker = new Invoker({
      registry,
      logger,
      functionTimeoutMs: hostOptions.functionTimeoutMs,
      onTimeout: (error) => {
        logger.host('critical', error.message);
        options.onFatal?.(error);
      },
    });
    const timers = new Map<string, RunningTimer>();
    const endpoints = prepared.flatMap(({ endpoint, disabled }) => (endpoint && !disabled ? [endpoint] : []));
    if (options.httpPort !== undefined || endpoints.length > 0) {
      const invoke = (name: string, input: InvocationInput) =>
        invoker.invoke(registered(registry, name), input);
      const runTimer = (name: string): boolean => {
        timers.get(name.toLowerCase())?.runNow();
        return timers.has(name.toLowerCase());
      };
      const { startHttpServer } = await import('./http-server.ts');
      server = await startHttpServer(options.httpPort ?? 0, {
        endpoints,
        invoke,
        runTimer,
        logger,
        ...(streams && { streamUri: streams.uri }),
      });
    }
    for (const { fn, start, disabled } of prepared) {
      if (!start || disabled) continue;
      const functionName = fn.metadata.name;
      const trigger = await start({ invoke: (input) => invoker.invoke(fn, input), logger, functionName });
      running.push(trigger);
      if (isTimer(trigger)) timers.set(functionName.toLowerCase(), trigger);
    }
    return {
      name: files.name,
      httpPort: server?.port,
      functions: prepared.map(({ fn, kind, disabled }) => ({
        name: fn.metadata.name,
        trigger: kind,
        disabled,
      })),
      logger,
      stop: async (graceMs = GRACE_MS) => {
        const stopped = Promise.all([server?.stop(), ...running.map((trigger) => trigger.stop())]);
        const inTime = (await withinTime(stopped, graceMs)) && (await invoker.idle(0));
        if (!inTime)
          logger.host('warning', 'Stopped before everything had ended', { running: invoker.running });
        await terminate(registry);
        await release(running, server, undo);
      },
    };
  } catch (error) {
    await release(running, server, undo);
    throw error;
  }
}

async function release(
  running: RunningTrigger[],
  server: RunningHttpServer | undefined,
  undo: (() => void)[],
): Promise<void> {
  server?.close();
  await withinTime(Promise.allSettled(running.map((trigger) => trigger.close())), 1000);
  undo.toReversed().forEach((step) => step());
}

async function terminate(registry: AppRegistry): Promise<void> {
  for (const hook of registry.hooks.appTerminate)
    await hook({ hookData: {}, appHookData: registry.appHookData });
}

/** False when the time was over first; a rejection counts as ended. */
async function withinTime(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), milliseconds)));
  const ended = work.then(
    () => true,
    () => true,
  );
  const result = await Promise.race([ended, late]);
  clearTimeout(timer);
  return result;
}

async function prepareFunctions(
  registry: AppRegistry,
  settings: Settings,
  hostOptions: HostOptions,
  appName: string,
  problems: string[],
): Promise<Prepared[]> {
  const prepared: Prepared[] = [];
  for (const fn of registry.functions.values()) {
    const name = fn.metadata.name;
    const disabled = isDisabled(name, settings);
    // What is wrong with a function that is switched off keeps nothing from starting.
    const report = (problem: string): void =>
      void (disabled || problems.push(`function '${name}': ${problem}`));
    const binding = triggerBinding(fn, settings, report);
    prepared.push({
      fn,
      disabled,
      ...(await prepare({ fn, binding, settings, hostOptions, report }, appName)),
    });
  }
  return prepared;
}

/** Each kind is imported when an app has it: what a process does not need costs its start nothing. */
async function prepare(
  setup: TriggerSetup,
  appName: string,
): Promise<Pick<Prepared, 'kind' | 'start' | 'endpoint'>> {
  switch (setup.binding.type) {
    case 'timerTrigger': {
      const { prepareTimerTrigger } = await import('./timer-trigger.ts');
      return { kind: 'timer', start: prepareTimerTrigger(setup, appName) };
    }
    case 'httpTrigger': {
      const { prepareHttpTrigger } = await import('./http-trigger.ts');
      return { kind: 'http', endpoint: prepareHttpTrigger(setup) };
    }
    case 'serviceBusTrigger': {
      const { prepareServiceBusTrigger } = await import('./service-bus-trigger.ts');
      return { kind: 'serviceBus', start: prepareServiceBusTrigger(setup) };
    }
    case 'cosmosDBTrigger': {
      const { prepareCosmosTrigger } = await import('./cosmos-trigger.ts');
      return { kind: 'cosmosDB', start: prepareCosmosTrigger(setup) };
    }
    default:
      setup.report(`the trigger '${setup.binding.type}' is not supported by the local Functions host.`);
      return { kind: 'http' };
  }
}

/** The trigger's binding with `%Name%` replaced; any other binding than an http answer is refused by name. */
function triggerBinding(
  fn: RegisteredFunction,
  settings: Settings,
  report: (problem: string) => void,
): Binding {
  let trigger: Binding = { type: 'none', direction: 'in' };
  for (const [name, binding] of Object.entries(fn.metadata.bindings)) {
    if (isTrigger(binding.type)) {
      const options = Object.entries(binding).map(([option, value]) => [
        option,
        typeof value === 'string' ? resolvePlaceholders(value, settings, report) : value,
      ]);
      trigger = Object.fromEntries(options) as Binding;
    } else if (!(name === '$return' && binding.type.toLowerCase() === 'http')) {
      report(
        `the ${binding.direction}put binding '${binding.type}' is not supported by the local Functions host.`,
      );
    }
  }
  return trigger;
}

function registered(registry: AppRegistry, name: string): RegisteredFunction {
  const fn = [...registry.functions.values()].find(({ metadata }) => metadata.name === name);
  if (!fn) throw new Error(`There is no function '${name}'.`);
  return fn;
}

function isTimer(trigger: RunningTrigger): trigger is RunningTimer {
  return 'runNow' in trigger;
}

/** Makes the settings the environment that the app reads; the undo puts back what was there. */
function applySettings(settings: Settings): () => void {
  const before = new Map(Object.keys(settings).map((name) => [name, process.env[name]]));
  Object.assign(process.env, settings);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}
