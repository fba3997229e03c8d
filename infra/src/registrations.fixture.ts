/** Runs a stack in this process and records every resource as the engine would be asked for it. */
import * as pulumi from '@pulumi/pulumi';
import type { RegisterResourceRequest } from '@pulumi/pulumi/proto/resource_pb.js';
import type { MockMonitor } from '@pulumi/pulumi/runtime/mocks.js';
import { specialSecretSig, specialSigKey } from '@pulumi/pulumi/runtime/rpc.js';
import { getMonitor } from '@pulumi/pulumi/runtime/settings.js';
import type { Inputs } from './azure-kinds.fixture.ts';
import { invoked, made } from './azure.fixture.ts';

export const PROJECT = 'github-repo-stats';
export const STACK = 'test';

export interface Registration {
  type: string;
  name: string;
  urn: string;
  /** Logical name of the parent. */
  parent: string;
  /** False for components. */
  custom: boolean;
  /** Secrets opened. */
  inputs: Inputs;
  /** Paths of the inputs that travel as secrets, as `properties.value`. */
  secrets: string[];
  protect: boolean;
  /** Logical names, of the stated and the implied ones. */
  dependsOn: string[];
  /** Logical name. */
  deletedWith: string;
  ignoreChanges: string[];
  onError: string[];
  replaceOnChanges: string[];
}

/** Logical name out of a URN. */
export const nameIn = (urn: string): string => urn.split('::').at(-1) ?? '';

const isSecret = (value: object): value is { value: unknown } =>
  (value as Record<string, unknown>)[specialSigKey] === specialSecretSig;

/** Opens secrets, and says where they were. */
export function openSecrets(value: unknown, path: string, secrets: string[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isSecret(value)) {
    secrets.push(path);
    return openSecrets(value.value, path, []);
  }
  if (Array.isArray(value)) return value.map((item, i) => openSecrets(item, `${path}.${i}`, secrets));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      openSecrets(item, path ? `${path}.${key}` : key, secrets),
    ]),
  );
}

export function readRegistration(request: RegisterResourceRequest, urn: string): Registration {
  const secrets: string[] = [];
  const inputs = openSecrets(request.getObject()?.toJavaScript() ?? {}, '', secrets) as Inputs;
  return {
    type: request.getType(),
    name: request.getName(),
    urn,
    parent: nameIn(request.getParent()),
    custom: request.getCustom(),
    inputs,
    secrets,
    protect: request.getProtect() ?? false,
    dependsOn: request.getDependenciesList().map(nameIn).sort(),
    deletedWith: nameIn(request.getDeletedwith()),
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    onError: request.getHooks()?.getOnErrorList() ?? [],
  };
}

/** Outputs of a secret are secret as a whole, since the engine marks what bears the name of a secret input. */
export const secretLike = (type: string, outputs: Record<string, unknown>): Record<string, unknown> =>
  type === 'azure-native:keyvault:Secret'
    ? { ...outputs, properties: { [specialSigKey]: specialSecretSig, value: outputs['properties'] } }
    : outputs;

type RegisterHook = (request: unknown, callback: (error: Error | null) => void) => void;
type Callback = (error: Error | null, response?: { getUrn(): string }) => void;

/** The SDK keeps a stack trace of every promise, which takes a third of a test's time; errors of the program still say what is wrong. */
async function withoutStacks(work: () => Promise<void>): Promise<void> {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    await work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Records what `program` defines. In a preview nothing has been made, so ids and outputs are unknown. */
export async function record<T>(
  program: () => T,
  { preview = false } = {},
): Promise<{ registrations: Registration[]; result: T }> {
  const registrations: Registration[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource({ type, name, inputs, custom }) {
        if (!custom || preview) return { id: undefined, state: inputs as Inputs };
        const { id, outputs } = made(type, name, inputs as Inputs);
        const { properties, ...rest } = outputs;
        const state = type.endsWith('keyvault:Secret')
          ? { ...rest, properties: pulumi.secret(properties) }
          : outputs;
        return { id, state };
      },
      call: ({ token }) => invoked(token),
    },
    PROJECT,
    STACK,
    preview,
  );
  const monitor = getMonitor() as unknown as MockMonitor & { registerErrorHook: RegisterHook };
  // The SDK's own mock knows no such hooks; that they are called is for the stand-in engine to show.
  monitor.registerErrorHook = (_request, callback) => callback(null);
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = async (request: RegisterResourceRequest, callback: Callback) => {
    await register(request, (error: Error | null, response?: { getUrn(): string }) => {
      if (response) registrations.push(readRegistration(request, response.getUrn()));
      callback(error, response);
    });
  };
  let result!: T;
  await withoutStacks(async () => {
    await pulumi.runtime.runInPulumiStack(() => {
      result = program();
      return Promise.resolve({});
    });
    await pulumi.runtime.disconnect();
  });
  // The order of registrations is that of promises; tests speak of what there is.
  registrations.sort((a, b) => (a.urn < b.urn ? -1 : 1));
  return { registrations, result };
}

/** The value of an output that is known. */
export const valueOf = <T>(output: pulumi.Output<T>): Promise<T> =>
  new Promise((resolve) => void output.apply((value) => resolve(value as T)));
