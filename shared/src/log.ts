/** Structured logs: a static text, so that entries group, and the values in fields; the same form in every service. */
import type { FieldsOf, LogEntry } from './log-entries.ts';
import { emitRecord, type LogLevel } from './telemetry/log-records.ts';

/** Logs an entry with exactly the fields that it is defined with. */
export type Log = <E extends LogEntry>(level: LogLevel, message: E, fields: FieldsOf<E>) => void;

/** The part of an invocation context that logs. */
export interface LogContext {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** Logs through an invocation: one JSON object per entry, `message` first; and as a record of telemetry where that is on. */
export const logTo =
  (context: LogContext): Log =>
  (level, message, fields) => {
    context[level](JSON.stringify({ message, ...fields }));
    emitRecord(level, message, fields);
  };

/** What is told of an error. */
export interface ErrorFields {
  error: string;
  errorName?: string;
  errorCode?: string;
  cause?: string;
}

const isWord = (value: unknown): value is string | number =>
  typeof value === 'string' || typeof value === 'number';

/** Name, code and message of an error and of its causes, as texts; never its properties, which may hold requests. */
export function errorFields(error: unknown): ErrorFields {
  const { name, code, message, cause } = Object(error) as Record<string, unknown>;
  if (typeof message !== 'string') return { error: String(error) };
  return {
    error: message.slice(0, 1000),
    ...(isWord(name) && { errorName: String(name) }),
    ...(isWord(code) && { errorCode: String(code) }),
    ...(cause !== undefined && { cause: errorFields(cause).error }),
  };
}
