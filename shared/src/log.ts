/** Structured logs: a static text, so that entries group, and the values in fields; the same form in every service. */

export type Log = (
  level: 'info' | 'warn' | 'error',
  message: string,
  fields?: Record<string, unknown>,
) => void;

/** The part of an invocation context that logs. */
export interface LogContext {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** Logs through an invocation: one JSON object per entry, `message` first. */
export const logTo =
  (context: LogContext): Log =>
  (level, message, fields = {}) =>
    context[level](JSON.stringify({ message, ...fields }));

/** Name, code and message of an error and of its causes, as fields; never its properties, which may hold requests. */
export function errorFields(error: unknown): Record<string, unknown> {
  const { name, code, message, cause } = Object(error) as Record<string, unknown>;
  if (typeof message !== 'string') return { error: String(error) };
  const own = { error: message.slice(0, 1000), errorName: name, errorCode: code };
  return cause === undefined ? own : { ...own, cause: errorFields(cause).error };
}
