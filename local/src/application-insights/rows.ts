/** Turns the envelopes that exporters send into rows as Log Analytics shows them: the table, and its columns by their names there. */
import { z } from 'zod';

const texts = z.record(z.string(), z.string()).default({});
const numbers = z.record(z.string(), z.number()).default({});
const common = { properties: texts, measurements: numbers };
const operation = {
  ...common,
  id: z.string().min(1),
  name: z.string().min(1, 'has no name: the row could not be told from others'),
  duration: z.string(),
  success: z.boolean(),
};

/** By base type of the envelope, what is taken of it. https://learn.microsoft.com/azure/azure-monitor/app/data-model-complete */
const DATA = {
  RequestData: z.looseObject({ ...operation, responseCode: z.string() }),
  RemoteDependencyData: z.looseObject({
    ...operation,
    resultCode: z.string().default(''),
    type: z.string().default(''),
    target: z.string().default(''),
  }),
  MessageData: z.looseObject({ ...common, message: z.string().min(1), severityLevel: z.string().optional() }),
  ExceptionData: z.looseObject({
    ...common,
    exceptions: z.array(z.looseObject({ typeName: z.string().optional(), message: z.string() })).min(1),
  }),
} as const;
type BaseType = keyof typeof DATA;
const isKnown = (type: string): type is BaseType => Object.hasOwn(DATA, type);

const Envelope = z.looseObject({
  time: z.iso.datetime({ offset: true }),
  iKey: z.string(),
  tags: texts,
  data: z.looseObject({ baseType: z.string(), baseData: z.unknown() }),
});

/** A row; `Type` is the name of its table, the columns are those of the workspace-based tables. */
export interface Row {
  Type: 'AppRequests' | 'AppDependencies' | 'AppTraces' | 'AppExceptions';
  TimeGenerated: string;
  OperationId: string;
  ParentId: string;
  AppRoleName: string;
  AppRoleInstance: string;
  Properties: Record<string, string>;
  [column: string]: unknown;
}

/** An envelope that is refused, and the name of the reason. */
export class RefusedEnvelope extends Error {
  readonly code: 'InvalidEnvelope' | 'InvalidInstrumentationKey' | 'UnsupportedTelemetryType';
  constructor(code: RefusedEnvelope['code'], message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

function parsed<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const where = result.error.issues.map((i) => `${i.path.join('.') || 'it'}: ${i.message}`).join('; ');
  throw new RefusedEnvelope('InvalidEnvelope', where);
}

/** `[days.]hours:minutes:seconds` in ms. */
function milliseconds(text: string): number {
  const [, days = 0, hours, minutes, seconds] =
    /^(?:(\d+)\.)?(\d+):(\d+):(\d+(?:\.\d+)?)$/.exec(text) ??
    (() => {
      throw new RefusedEnvelope('InvalidEnvelope', `${text} is no duration`);
    })();
  return ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60_000 + Number(seconds) * 1000;
}

/** The number that Log Analytics keeps for each. */
const SEVERITIES = ['Verbose', 'Information', 'Warning', 'Error', 'Critical'];

function columns(type: BaseType, value: unknown): { Type: Row['Type'] } & Record<string, unknown> {
  switch (type) {
    case 'RequestData': {
      const d = parsed(DATA[type], value);
      const row = { Id: d.id, Name: d.name, DurationMs: milliseconds(d.duration), Success: d.success };
      return { Type: 'AppRequests', ...row, ResultCode: d.responseCode, ...free(d) };
    }
    case 'RemoteDependencyData': {
      const d = parsed(DATA[type], value);
      const row = { Id: d.id, Name: d.name, DurationMs: milliseconds(d.duration), Success: d.success };
      const what = { ResultCode: d.resultCode, DependencyType: d.type, Target: d.target };
      return { Type: 'AppDependencies', ...row, ...what, ...free(d) };
    }
    case 'MessageData': {
      const d = parsed(DATA[type], value);
      const severity = SEVERITIES.indexOf(d.severityLevel ?? 'Information');
      return { Type: 'AppTraces', Message: d.message, SeverityLevel: severity, ...free(d) };
    }
    case 'ExceptionData': {
      const d = parsed(DATA[type], value);
      const [outer] = d.exceptions;
      const row = { ExceptionType: outer?.typeName ?? '', OuterMessage: outer?.message ?? '' };
      return { Type: 'AppExceptions', ...row, ...free(d) };
    }
  }
}

const free = (d: { properties: Record<string, string>; measurements: Record<string, number> }) => ({
  Properties: d.properties,
  ...(Object.keys(d.measurements).length > 0 && { Measurements: d.measurements }),
});

/** @param key the instrumentation key that is known. @throws RefusedEnvelope. */
export function rowOf(envelope: unknown, key: string): Row {
  const { time, iKey, tags, data } = parsed(Envelope, envelope);
  if (iKey !== key) throw new RefusedEnvelope('InvalidInstrumentationKey', 'it belongs to no resource here');
  const { baseType, baseData } = data;
  if (!isKnown(baseType))
    throw new RefusedEnvelope(
      'UnsupportedTelemetryType',
      `${baseType}; supported: ${Object.keys(DATA).join(', ')}`,
    );
  const { Type, Properties, ...own } = columns(baseType, baseData);
  return {
    Type,
    TimeGenerated: time,
    OperationId: tags['ai.operation.id'] ?? '',
    ParentId: tags['ai.operation.parentId'] ?? '',
    ...own,
    AppRoleName: tags['ai.cloud.role'] ?? '',
    AppRoleInstance: tags['ai.cloud.roleInstance'] ?? '',
    Properties: Properties as Record<string, string>,
  };
}
