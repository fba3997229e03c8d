// What every trigger of this host has in common: how it is prepared, started and stopped.
import type { RegisteredFunction } from './core-module.ts';
import type { Binding, InvocationResponse } from './core-types.ts';
import type { HostOptions } from './host-json.ts';
import type { InvocationInput } from './invoker.ts';
import type { Logger } from './log.ts';
import type { Settings } from './settings.ts';

export type TriggerKind = 'timer' | 'http' | 'serviceBus' | 'cosmosDB';

/** What a trigger may read while its options are checked; nothing runs yet. */
export interface TriggerSetup {
  fn: RegisteredFunction;
  /** The trigger's binding, `%Name%` already replaced in every text. */
  binding: Binding;
  settings: Settings;
  hostOptions: HostOptions;
  report: (problem: string) => void;
}

/** What a started trigger works with. */
export interface TriggerRuntime {
  invoke(input: InvocationInput): Promise<InvocationResponse>;
  logger: Logger;
  functionName: string;
}

/**
 * A running trigger. `stop` takes no new work from the moment it is called and resolves when what was taken is settled;
 * `close` then lets go of connections, settled or not.
 */
export interface RunningTrigger {
  stop(): Promise<void>;
  close(): Promise<void>;
}

export type StartTrigger = (runtime: TriggerRuntime) => RunningTrigger | Promise<RunningTrigger>;

/** The option as text; reported when it is missing or something else. */
export function requiredText(setup: TriggerSetup, option: string): string {
  const value = setup.binding[option];
  if (typeof value === 'string' && value !== '') return value;
  setup.report(`the trigger's '${option}' is missing.`);
  return '';
}

/** The option as a number of at least `least`; `fallback` when it is absent. */
export function optionalNumber(setup: TriggerSetup, option: string, fallback: number, least: number): number {
  const value = setup.binding[option];
  if (value === undefined || value === null) return fallback;
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number === 'number' && number >= least) return number;
  setup.report(`the trigger's '${option}' must be a number from ${least}, found '${JSON.stringify(value)}'.`);
  return fallback;
}
