/** One line of a child process's output as a record with fields. */

export interface LogRecord {
  /** ISO time. */
  time: string;
  level: string;
  /** Name of the process. */
  app: string;
  message: string;
  [field: string]: unknown;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads a JSON line; any other text (a crash, a warning of Node) becomes the message of a record. */
export function readLogLine(app: string, line: string, stream: 'stdout' | 'stderr'): LogRecord {
  const level = stream === 'stderr' ? 'error' : 'information';
  const base = { time: new Date().toISOString(), level, app, message: line };
  if (!line.startsWith('{')) return base;
  try {
    const parsed: unknown = JSON.parse(line);
    return isObject(parsed) && typeof parsed['message'] === 'string' ? { ...base, ...parsed, app } : base;
  } catch {
    return base;
  }
}
