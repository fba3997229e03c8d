// Reads host.json with the `AzureFunctionsJobHost__…` overrides, and refuses what this host would have to ignore.
import { availableParallelism } from 'node:os';
import type { LogLevel } from './core-types.ts';
import { parseTimeSpan } from './time-span.ts';
import type { Settings } from './settings.ts';

/** Durations in ms; `Infinity` where host.json says never. Names as in host.json `extensions.serviceBus`. */
export interface ServiceBusHostOptions {
  prefetchCount: number;
  autoCompleteMessages: boolean;
  maxAutoLockRenewalMs: number;
  maxConcurrentCalls: number;
  maxConcurrentSessions: number;
  sessionIdleTimeoutMs: number;
  tryTimeoutMs: number;
  retryDelayMs: number;
}

export interface HostOptions {
  functionTimeoutMs: number;
  routePrefix: string;
  serviceBus: ServiceBusHostOptions;
  logLevels: Map<string, LogLevel>;
}

const PREFIX = 'azurefunctionsjobhost__';
const MINUTE = 60_000;
const SERVICE_BUS = 'extensions:servicebus:';

// Accepted without effect: they concern cardinality many (refused elsewhere), or change nothing on one machine.
const SERVICE_BUS_NO_EFFECT = ['maxmessagebatchsize', 'minmessagebatchsize', 'maxbatchwaittime'];

const LEVELS: LogLevel[] = ['trace', 'debug', 'information', 'warning', 'error', 'critical', 'none'];

/**
 * @param hostJson the parsed file
 * @param report receives one sentence for each thing that is wrong or not supported
 * @see https://learn.microsoft.com/azure/azure-functions/functions-host-json
 */
export function readHostOptions(
  hostJson: unknown,
  settings: Settings,
  report: (problem: string) => void,
): HostOptions {
  const values = flatten(hostJson);
  for (const [name, value] of Object.entries(settings)) {
    const key = name.toLowerCase();
    if (key.startsWith(PREFIX)) values.set(key.slice(PREFIX.length).replaceAll('__', ':'), value);
  }
  const used = new Set<string>(SERVICE_BUS_NO_EFFECT.map((key) => SERVICE_BUS + key));

  function read<T>(key: string, parse: (text: string) => T | undefined, fallback: T, expected: string): T {
    used.add(key.toLowerCase());
    const value = values.get(key.toLowerCase());
    if (value === undefined) return fallback;
    const parsed = parse(value);
    if (parsed !== undefined) return parsed;
    report(`host.json ${key.replaceAll(':', '.')}: expected ${expected}, found '${value}'.`);
    return fallback;
  }
  const count = (key: string, fallback: number, least: number) =>
    read(
      `extensions:serviceBus:${key}`,
      (text) => integer(text, least),
      fallback,
      `a whole number from ${least}`,
    );
  const span = (key: string, fallback: number) => read(key, parseTimeSpan, fallback, 'a time span hh:mm:ss');
  const flag = (key: string, fallback: boolean) => read(key, boolean, fallback, 'true or false');

  if (read('version', (text) => text, '', '"2.0"') !== '2.0')
    report('host.json version: only "2.0" is supported.');
  const timeout = read('functionTimeout', timeoutSpan, 30 * MINUTE, 'a time span hh:mm:ss or -1');
  const tryTimeoutMs = span('extensions:serviceBus:clientRetryOptions:tryTimeout', MINUTE);
  const renewal = span('extensions:serviceBus:maxAutoLockRenewalDuration', 5 * MINUTE);
  const serviceBus: ServiceBusHostOptions = {
    prefetchCount: count('prefetchCount', 0, 0),
    autoCompleteMessages: flag('extensions:serviceBus:autoCompleteMessages', true),
    maxAutoLockRenewalMs: renewal < 0 ? Infinity : renewal,
    maxConcurrentCalls: count('maxConcurrentCalls', 16 * availableParallelism(), 1),
    maxConcurrentSessions: count('maxConcurrentSessions', 8, 1),
    sessionIdleTimeoutMs: span('extensions:serviceBus:sessionIdleTimeout', tryTimeoutMs),
    tryTimeoutMs,
    retryDelayMs: span('extensions:serviceBus:clientRetryOptions:delay', 800),
  };
  refuse(
    count('maxConcurrentCallsPerSession', 1, 1) !== 1,
    'extensions.serviceBus.maxConcurrentCallsPerSession above 1',
  );
  refuse(serviceBus.prefetchCount > 0, 'extensions.serviceBus.prefetchCount above 0');
  refuse(flag('concurrency:dynamicConcurrencyEnabled', false), 'concurrency.dynamicConcurrencyEnabled');
  for (const key of values.keys()) {
    const client = key.startsWith(`${SERVICE_BUS}clientretryoptions:`);
    if (key.startsWith(SERVICE_BUS) && !client && !used.has(key)) refuse(true, key.replaceAll(':', '.'));
    if (key.startsWith('extensions:http:') && key !== 'extensions:http:routeprefix')
      refuse(true, key.replaceAll(':', '.'));
    if (key.startsWith('customhandler:')) refuse(true, 'customHandler');
  }

  function refuse(isSet: boolean, what: string): void {
    if (isSet) report(`host.json ${what} is not supported by the local Functions host.`);
  }

  return {
    functionTimeoutMs: timeout,
    routePrefix: read('extensions:http:routePrefix', (text) => text, 'api', 'text').replace(/^\/+|\/+$/g, ''),
    serviceBus,
    logLevels: logLevels(values, report),
  };
}

/** Paths joined by `:` in lower case, as .NET configuration sees the file. */
function flatten(value: unknown, path = '', into = new Map<string, string>()): Map<string, string> {
  if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      flatten(inner, path === '' ? name.toLowerCase() : `${path}:${name.toLowerCase()}`, into);
    }
  } else if (value !== null && value !== undefined) {
    into.set(path, String(value as string | number | boolean));
  }
  return into;
}

function logLevels(values: Map<string, string>, report: (problem: string) => void): Map<string, LogLevel> {
  const levels = new Map<string, LogLevel>();
  for (const [key, value] of values) {
    if (!key.startsWith('logging:loglevel:')) continue;
    const category = key.slice('logging:loglevel:'.length);
    const level = LEVELS.find((known) => known === value.toLowerCase());
    if (level) levels.set(category, level);
    else report(`host.json logging.logLevel.${category}: '${value}' is no log level.`);
  }
  return levels;
}

function integer(text: string, least: number): number | undefined {
  return /^-?\d+$/.test(text) && Number(text) >= least ? Number(text) : undefined;
}

function boolean(text: string): boolean | undefined {
  return /^true$/i.test(text) ? true : /^false$/i.test(text) ? false : undefined;
}

function timeoutSpan(text: string): number | undefined {
  if (text === '-1') return Infinity;
  const span = parseTimeSpan(text);
  return span === undefined ? undefined : span < 0 ? Infinity : span;
}
