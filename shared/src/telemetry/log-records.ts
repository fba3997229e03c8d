/** A log entry as a record of telemetry, in the trace of its run; nothing where telemetry is off. */
import { context, trace, type Attributes, type Context } from '@opentelemetry/api';
import { logs, SeverityNumber } from '@opentelemetry/api-logs';
import { noteWork } from './noted-work.ts';
import { contextOfWork, traceIdOf } from './run-trace.ts';

export type LogLevel = 'info' | 'warn' | 'error';

const SEVERITY = { info: SeverityNumber.INFO, warn: SeverityNumber.WARN, error: SeverityNumber.ERROR };

/** The context of an entry: where it was logged, unless that belongs to no run or to another one. */
function contextOfEntry(runId: unknown): Context {
  const active = context.active();
  if (typeof runId !== 'string') return active;
  return trace.getSpanContext(active)?.traceId === traceIdOf(runId)
    ? active
    : contextOfWork(runId, undefined);
}

/** The body is the static text, the attributes are the fields. */
export function emitRecord(level: LogLevel, message: string, fields: object): void {
  noteWork();
  const attributes = Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Attributes;
  logs.getLogger('github-repo-stats').emit({
    severityNumber: SEVERITY[level],
    severityText: level,
    body: message,
    attributes,
    context: contextOfEntry(attributes['runId']),
  });
}
