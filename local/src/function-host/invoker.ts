// Runs one function once, with the hooks around it, in the order of the real Node worker.
import { randomBytes, randomUUID } from 'node:crypto';
import type { AppRegistry, RegisteredFunction } from './core-module.ts';
import type {
  CoreInvocationContext,
  InvocationResponse,
  LogCategory,
  LogLevel,
  RetryContext,
  TraceContext,
  TypedData,
} from './core-types.ts';
import type { Logger } from './log.ts';
import { messageOf } from './problems.ts';

export interface InvocationInput {
  /** Another one is made when none is given. */
  invocationId?: string;
  /** What the trigger brings, as the host sends it to the worker. */
  data: TypedData;
  /** Names in PascalCase, as the extension gives them. */
  triggerMetadata?: Record<string, TypedData>;
  traceContext?: TraceContext;
  retryContext?: RetryContext;
}

export interface InvocationOutcome extends InvocationResponse {
  /** Whether the handler, or a hook in its place, gave anything back. */
  returned: boolean;
}

/** Why this process must end: a function ran longer than host.json `functionTimeout` allows. */
export class FunctionTimeoutError extends Error {
  readonly code = 'FunctionTimeout';

  constructor(functionName: string, invocationId: string, milliseconds: number) {
    super(
      `The timeout of ${milliseconds} ms was exceeded by function '${functionName}' (id: '${invocationId}').`,
    );
    this.name = 'FunctionTimeoutError';
  }
}

interface InvokerOptions {
  registry: AppRegistry;
  logger: Logger;
  functionTimeoutMs: number;
  onTimeout: (error: FunctionTimeoutError) => void;
}

/** Knows which invocations are running: none at first, one more with each `invoke`, one less when it settles. */
export class Invoker {
  readonly #options: InvokerOptions;
  #running = 0;
  #whenIdle: (() => void)[] = [];

  constructor(options: InvokerOptions) {
    this.#options = options;
  }

  get running(): number {
    return this.#running;
  }

  /** Resolves when nothing runs any more, or after `milliseconds`; says which. */
  async idle(milliseconds: number): Promise<boolean> {
    if (this.#running === 0) return true;
    return await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), milliseconds);
      this.#whenIdle.push(() => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }

  /** Rejects with what the handler or a hook threw. */
  async invoke(fn: RegisteredFunction, input: InvocationInput): Promise<InvocationOutcome> {
    const { logger } = this.#options;
    const name = fn.metadata.name;
    const invocationId = input.invocationId ?? randomUUID();
    const source = { function: name, invocationId };
    const timer = this.#startTimeout(name, invocationId);
    const startedAt = performance.now();
    this.#running++;
    logger.host('debug', 'Executing', {}, source);
    try {
      const response = await this.#run(fn, input, invocationId);
      logger.host('debug', 'Executed', { durationMs: Math.round(performance.now() - startedAt) }, source);
      return response;
    } catch (error) {
      const fields = { durationMs: Math.round(performance.now() - startedAt), error: messageOf(error) };
      const stack = error instanceof Error ? { stack: error.stack } : {};
      logger.host('error', 'Executed: failed', { ...fields, ...stack }, source);
      throw error;
    } finally {
      clearTimeout(timer);
      this.#running--;
      if (this.#running === 0) this.#whenIdle.splice(0).forEach((resolve) => resolve());
    }
  }

  #startTimeout(name: string, invocationId: string): NodeJS.Timeout | undefined {
    const { functionTimeoutMs, onTimeout } = this.#options;
    // setTimeout takes at most 2^31-1 ms; a longer time is as good as none.
    if (functionTimeoutMs > 0x7fff_ffff) return undefined;
    return setTimeout(
      () => onTimeout(new FunctionTimeoutError(name, invocationId, functionTimeoutMs)),
      functionTimeoutMs,
    );
  }

  async #run(
    fn: RegisteredFunction,
    input: InvocationInput,
    invocationId: string,
  ): Promise<InvocationOutcome> {
    const { registry } = this.#options;
    const model = registry.model;
    if (!model) throw new Error('The app has set no programming model.');
    const { hooks, appHookData } = registry;
    let invocationContext: object | undefined;
    const core = coreContext(fn, input, invocationId, (level, category, message) =>
      this.#log(core, level, category, message, invocationContext),
    );

    const invocation = await model.getInvocationModel(core);
    const { context, inputs } = await invocation.getArguments();
    invocationContext = context;
    const hookData = {};
    const pre = { hookData, appHookData, invocationContext: context, functionCallback: fn.callback, inputs };
    core.state = 'preInvocationHooks';
    for (const hook of hooks.preInvocation) await hook(pre);

    const post: Record<string, unknown> = {
      hookData,
      appHookData,
      invocationContext: context,
      inputs: pre.inputs,
    };
    post['result'] = null;
    post['error'] = null;
    core.state = 'invocation';
    try {
      post['result'] = await invocation.invokeFunction(context, pre.inputs, pre.functionCallback);
    } catch (error) {
      post['error'] = error;
    }
    core.state = 'postInvocationHooks';
    for (const hook of hooks.postInvocation) await hook(post);
    core.state = undefined;

    if (isError(post['error'])) throw post['error'];
    const result = post['result'];
    const response = await invocation.getResponse(context, result);
    return { ...response, returned: result !== undefined && result !== null };
  }

  #log(
    core: CoreInvocationContext,
    level: LogLevel,
    category: LogCategory,
    message: string,
    invocationContext: object | undefined,
  ): void {
    const { registry, logger } = this.#options;
    const log = {
      hookData: {},
      appHookData: registry.appHookData,
      level,
      category,
      message,
      invocationContext,
    };
    if (category === 'user') for (const hook of registry.hooks.log) hook(log);
    logger.app(log.level, category, log.message, {
      function: core.metadata.name,
      invocationId: core.invocationId,
    });
  }
}

function coreContext(
  fn: RegisteredFunction,
  input: InvocationInput,
  invocationId: string,
  log: CoreInvocationContext['log'],
): CoreInvocationContext {
  const triggerName = Object.entries(fn.metadata.bindings).find(([, binding]) =>
    isTrigger(binding.type),
  )?.[0];
  if (triggerName === undefined) throw new Error(`Function '${fn.metadata.name}' has no trigger.`);
  return {
    invocationId,
    metadata: fn.metadata,
    state: undefined,
    log,
    request: {
      invocationId,
      functionId: fn.metadata.functionId ?? fn.metadata.name,
      inputData: [{ name: triggerName, data: input.data }],
      triggerMetadata: input.triggerMetadata ?? {},
      // Every invocation in Azure is part of some trace of the host's.
      traceContext: input.traceContext ?? ownTrace(),
      ...(input.retryContext && { retryContext: input.retryContext }),
    },
  };
}

function ownTrace(): TraceContext {
  const traceParent = `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
  return { traceParent, traceState: '', attributes: {} };
}

export function isTrigger(bindingType: string): boolean {
  return /trigger$/i.test(bindingType);
}

/** Anything truthy that was thrown counts; a hook clears an error by setting it to null. */
function isError(value: unknown): boolean {
  return value !== null && value !== undefined;
}
