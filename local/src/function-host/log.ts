// Turns what an app and its host say into one flat record per line, filtered by host.json's log levels.
import { format } from 'node:util';
import type { LogLevel } from './core-types.ts';

/** `category`: host (this host), user (context.log), system (the library), console (console.log of the app). */
export interface LogRecord {
  time: string;
  level: LogLevel;
  app: string;
  category: 'host' | 'user' | 'system' | 'console';
  function?: string;
  invocationId?: string;
  message: string;
  [field: string]: unknown;
}

export interface LogSource {
  function?: string;
  invocationId?: string;
}

export interface Logger {
  host(level: LogLevel, message: string, fields?: Record<string, unknown>, source?: LogSource): void;
  app(level: LogLevel, category: 'user' | 'system' | 'console', message: string, source?: LogSource): void;
}

const ORDER: LogLevel[] = ['trace', 'debug', 'information', 'warning', 'error', 'critical', 'none'];
const RESERVED = new Set(['time', 'level', 'app', 'category', 'function', 'invocationId', 'message']);

/**
 * @param levels host.json `logging.logLevel`, keys as .NET categories (`default`, `Function`, `Function.<name>.User`, `Host`)
 * @param write receives each record that passes the filter
 */
export function createLogger(
  appName: string,
  levels: ReadonlyMap<string, LogLevel>,
  write: (record: LogRecord) => void,
): Logger {
  const thresholds = new Map<string, number>();

  function threshold(category: string): number {
    let found = thresholds.get(category);
    if (found === undefined) {
      found = ORDER.indexOf(levelFor(category, levels));
      thresholds.set(category, found);
    }
    return found;
  }

  function emit(
    level: LogLevel,
    category: LogRecord['category'],
    message: string,
    fields: Fields,
    source: LogSource,
  ) {
    if (ORDER.indexOf(level) < threshold(dotnetCategory(category, source.function))) return;
    const record: LogRecord = { time: new Date().toISOString(), level, app: appName, category, message };
    if (source.function !== undefined) record.function = source.function;
    if (source.invocationId !== undefined) record.invocationId = source.invocationId;
    const clashes: Fields = {};
    for (const [name, value] of Object.entries(fields)) {
      if (RESERVED.has(name)) clashes[name] = value;
      else record[name] = value;
    }
    if (Object.keys(clashes).length > 0) record['fields'] = clashes;
    write(record);
  }

  return {
    host: (level, message, fields = {}, source = {}) => emit(level, 'host', message, fields, source),
    app: (level, category, message, source = {}) => {
      const structured = parseStructured(message);
      if (structured) emit(level, category, structured.message, structured.fields, source);
      else emit(level, category, message, {}, source);
    },
  };
}

type Fields = Record<string, unknown>;

/**
 * The worker's log call carries text alone, so an app that wants fields logs one JSON object with a `message` string.
 */
function parseStructured(text: string): { message: string; fields: Fields } | undefined {
  if (!text.startsWith('{')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('message' in value)) return undefined;
  const { message, ...fields } = value;
  return typeof message === 'string' ? { message, fields } : undefined;
}

function dotnetCategory(category: LogRecord['category'], functionName: string | undefined): string {
  if (category === 'console') return 'Host.Function.Console';
  if (category === 'user') return functionName === undefined ? 'Function' : `Function.${functionName}.User`;
  if (category === 'system') return 'Worker';
  return functionName === undefined ? 'Host' : `Function.${functionName}`;
}

/** The level of the longest dotted prefix that host.json names; .NET matches categories the same way. */
function levelFor(category: string, levels: ReadonlyMap<string, LogLevel>): LogLevel {
  const parts = category.toLowerCase().split('.');
  for (let length = parts.length; length > 0; length--) {
    const level = levels.get(parts.slice(0, length).join('.'));
    if (level !== undefined) return level;
  }
  return levels.get('default') ?? 'information';
}

/** Sends the console output of this process through the logger until undone. */
export function captureConsole(logger: Logger): () => void {
  const methods = {
    debug: 'debug',
    log: 'information',
    info: 'information',
    warn: 'warning',
    error: 'error',
  } as const;
  const originals = new Map<keyof typeof methods, (...args: unknown[]) => void>();
  for (const [name, level] of Object.entries(methods) as [keyof typeof methods, LogLevel][]) {
    originals.set(name, console[name]);
    console[name] = (...args: unknown[]) => logger.app(level, 'console', format(...args));
  }
  return () => originals.forEach((original, name) => (console[name] = original));
}
