// The part of the contract between host and `@azure/functions` that this host speaks (there is no npm package with these types).

export type LogLevel = 'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical' | 'none';

export type LogCategory = 'user' | 'system';

/** One value on its way between host and function; exactly one property is set. */
export interface TypedData {
  string?: string | null;
  json?: string | null;
  bytes?: Uint8Array | null;
  int?: number | null;
  double?: number | null;
  http?: HttpData | null;
}

interface NullableString {
  value: string;
}

/** A request on the way in (url, method, nullable*), a response on the way out (statusCode, headers, cookies). */
export interface HttpData {
  method?: string;
  url?: string;
  nullableHeaders?: Record<string, NullableString>;
  nullableQuery?: Record<string, NullableString>;
  nullableParams?: Record<string, NullableString>;
  body?: TypedData | null;
  statusCode?: string;
  headers?: Record<string, string>;
  cookies?: HttpCookie[];
}

export interface HttpCookie {
  name?: string;
  value?: string;
  domain?: { value?: string };
  path?: { value?: string };
  expires?: { value?: { seconds?: number } };
  secure?: { value?: boolean };
  httpOnly?: { value?: boolean };
  sameSite?: 'none' | 'lax' | 'strict' | 'explicitNone';
  maxAge?: { value?: number };
}

export interface Binding {
  type: string;
  direction: 'in' | 'out';
  [option: string]: unknown;
}

interface Seconds {
  seconds: number;
}

/** `maxRetryCount` -1 means for ever. Intervals are whole seconds: the library rounds them. */
export interface RetryOptions {
  retryStrategy?: string;
  maxRetryCount?: number;
  delayInterval?: Seconds;
  minimumInterval?: Seconds;
  maximumInterval?: Seconds;
}

export interface FunctionMetadata {
  name: string;
  functionId?: string;
  bindings: Record<string, Binding>;
  retryOptions?: RetryOptions;
}

export type FunctionCallback = (...args: unknown[]) => unknown;

export interface TraceContext {
  traceParent?: string;
  traceState?: string;
  attributes?: Record<string, string>;
}

export interface RetryContext {
  retryCount: number;
  maxRetryCount: number;
  exception?: { message?: string; source?: string; stackTrace?: string };
}

export interface CoreInvocationContext {
  invocationId: string;
  request: {
    invocationId: string;
    functionId: string;
    inputData: { name: string; data: TypedData }[];
    triggerMetadata: Record<string, TypedData>;
    traceContext?: TraceContext;
    retryContext?: RetryContext;
  };
  metadata: FunctionMetadata;
  state: 'preInvocationHooks' | 'invocation' | 'postInvocationHooks' | undefined;
  log(level: LogLevel, category: LogCategory, message: string): void;
}

export interface InvocationResponse {
  invocationId: string;
  outputData?: { name: string; data: TypedData }[];
  returnValue?: TypedData | null;
}

export interface InvocationModel {
  getArguments(): Promise<{ context: object; inputs: unknown[] }>;
  invokeFunction(context: object, inputs: unknown[], callback: FunctionCallback): Promise<unknown>;
  getResponse(context: object, result: unknown): Promise<InvocationResponse>;
}

export interface ProgrammingModel {
  name: string;
  version: string;
  getInvocationModel(context: CoreInvocationContext): InvocationModel | Promise<InvocationModel>;
  getCapabilities?(capabilities: Record<string, string>): Promise<Record<string, string>>;
}
