// The stand-in for `@azure/functions-core`: what the real Node worker answers when an app requires that name.
import Module from 'node:module';
import type {
  FunctionCallback,
  FunctionMetadata,
  LogCategory,
  LogLevel,
  ProgrammingModel,
} from './core-types.ts';

export const HOST_VERSION = '4.1048.200';
const WORKER_VERSION = '3.11.0';
const CORE_MODULE = '@azure/functions-core';

const HOOK_NAMES = ['preInvocation', 'postInvocation', 'appStart', 'appTerminate', 'log'] as const;
export type HookName = (typeof HOOK_NAMES)[number];
export type HookCallback = (context: Record<string, unknown>) => unknown;

export interface RegisteredFunction {
  metadata: FunctionMetadata;
  callback: FunctionCallback;
}

/** What an app has registered. `locked` ends registration, as the worker does once an app has started. */
export interface AppRegistry {
  functions: Map<string, RegisteredFunction>;
  hooks: Record<HookName, HookCallback[]>;
  model: ProgrammingModel | undefined;
  appHookData: Record<string, unknown>;
  locked: boolean;
}

type CoreLog = (level: LogLevel, category: LogCategory, message: string) => void;

class Disposable {
  #dispose: (() => void) | undefined;

  constructor(dispose: () => void) {
    this.#dispose = dispose;
  }

  static from(...items: { dispose(): void }[]): Disposable {
    return new Disposable(() => items.forEach((item) => item.dispose()));
  }

  dispose(): void {
    this.#dispose?.();
    this.#dispose = undefined;
  }
}

/** An empty registry and the module object that fills it. */
export function createCoreModule(log: CoreLog): { registry: AppRegistry; coreModule: object } {
  const registry: AppRegistry = {
    functions: new Map(),
    hooks: { preInvocation: [], postInvocation: [], appStart: [], appTerminate: [], log: [] },
    model: undefined,
    appHookData: {},
    locked: false,
  };

  function registerHook(name: string, callback: HookCallback): Disposable {
    const known = HOOK_NAMES.find((hook) => hook === name);
    if (known === undefined) {
      // The library turns this very error into "requires Azure Functions Host v4.34 or higher".
      throw Object.assign(new RangeError(`Unrecognized hook "${name}"`), {
        isAzureFunctionsSystemError: true,
      });
    }
    const list = registry.hooks[known];
    list.push(callback);
    return new Disposable(() => {
      const index = list.indexOf(callback);
      if (index !== -1) list.splice(index, 1);
    });
  }

  function registerFunction(metadata: FunctionMetadata, callback: FunctionCallback): Disposable {
    if (registry.locked) throw new Error('A function can only be registered during app startup.');
    const id = metadata.functionId ?? metadata.name;
    if (registry.functions.has(id))
      throw new Error(`A function with id "${id}" has already been registered.`);
    registry.functions.set(id, { metadata, callback });
    return new Disposable(() => {
      if (registry.locked) throw new Error('A function can only be disposed during app startup.');
      registry.functions.delete(id);
    });
  }

  const coreModule = {
    version: WORKER_VERSION,
    hostVersion: HOST_VERSION,
    Disposable,
    registerHook,
    registerFunction,
    log,
    setProgrammingModel: (model: ProgrammingModel): void => {
      registry.model = model;
    },
    getProgrammingModel: (): ProgrammingModel | undefined => registry.model,
  };
  return { registry, coreModule };
}

/** Answers `require('@azure/functions-core')` in this process with the module; returns the undo. */
export function installCoreModule(coreModule: object): () => void {
  // oxlint-disable-next-line typescript/unbound-method -- only ever applied again with its own `this`
  const original = Module.prototype.require;
  Module.prototype.require = new Proxy(original, {
    apply: (target, self, args: [string]) =>
      args[0] === CORE_MODULE ? coreModule : Reflect.apply(target, self, args),
  });
  return () => {
    Module.prototype.require = original;
  };
}
