/**
 * A stand-in for Pulumi's engine: serves the protocol that the engine speaks and starts the program by the SDK's own entry point, as
 * the language host does on `pulumi preview` and `pulumi up`. It makes nothing: Azure's answers come from azure.fixture.ts.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { callbackify } from 'node:util';
import grpc from '@grpc/grpc-js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import struct, { type JavaScriptValue } from 'google-protobuf/google/protobuf/struct_pb.js';
import callback from '@pulumi/pulumi/proto/callback_pb.js';
import callbackService from '@pulumi/pulumi/proto/callback_grpc_pb.js';
import engine from '@pulumi/pulumi/proto/engine_pb.js';
import engineService from '@pulumi/pulumi/proto/engine_grpc_pb.js';
import resource from '@pulumi/pulumi/proto/resource_pb.js';
import resourceService from '@pulumi/pulumi/proto/resource_grpc_pb.js';
import { invoked, made } from './azure.fixture.ts';
import {
  openSecrets,
  PROJECT,
  readRegistration,
  secretLike,
  STACK,
  type Registration,
} from './registrations.fixture.ts';

/** The folder of Pulumi.yaml, where `pulumi up` is typed. */
export const PROGRAM = join(import.meta.dirname, '..');

export interface EngineRun {
  exitCode: number | null;
  /** What a person would see: the program's own output and the messages that it sent to the engine. */
  shown: string;
  registrations: (Registration & { version: string })[];
  /** Outputs of the stack, with the paths of those that are secret. */
  outputs: { values: Record<string, unknown>; secrets: string[] };
  /** What the error hooks answered, by resource. */
  retries: Record<string, boolean>;
}

export interface EngineOptions {
  preview: boolean;
  /** Every key with its namespace. */
  config: Record<string, string>;
  encrypted: readonly string[];
  /** Folder of another Pulumi.yaml, and the program that it names. */
  program?: { folder: string; main: string };
  /** Resources, by logical name, that Azure refuses to make, with what it says. */
  refusals?: Record<string, string>;
}

type Unary<Request, Response> = grpc.handleUnaryCall<Request, Response>;
const asStruct = (value: Record<string, unknown>) =>
  struct.Struct.fromJavaScript(value as Record<string, JavaScriptValue>);
/** Answers with nothing, to requests that ask for nothing. */
const nothing: Unary<unknown, InstanceType<typeof empty.Empty>> = (_call, done) =>
  done(null, new empty.Empty());

/** Asks a hook of the program, over the connection that it opened for that. */
async function askHook(
  hook: InstanceType<typeof callback.Callback>,
  name: string,
  error: string,
): Promise<boolean> {
  const request = new resource.ErrorHookRequest();
  request.setName(name);
  request.setFailedOperation('create');
  request.setErrorsList([error]);
  const invocation = new callback.CallbackInvokeRequest();
  invocation.setToken(hook.getToken());
  invocation.setRequest(request.serializeBinary());
  const client = new callbackService.CallbacksClient(hook.getTarget(), grpc.credentials.createInsecure());
  try {
    const bytes = await new Promise<Uint8Array>((resolve, reject) =>
      client.invoke(invocation, (problem, response) =>
        problem ? reject(problem) : resolve(response.getResponse_asU8()),
      ),
    );
    return resource.ErrorHookResponse.deserializeBinary(bytes).getRetry();
  } finally {
    client.close();
  }
}

function monitor(
  run: EngineRun,
  { preview, refusals = {} }: EngineOptions,
): grpc.UntypedServiceImplementation {
  const hooks = new Map<string, InstanceType<typeof callback.Callback>>();
  const register = async (
    request: InstanceType<typeof resource.RegisterResourceRequest>,
  ): Promise<InstanceType<typeof resource.RegisterResourceResponse>> => {
    const [type, name] = [request.getType(), request.getName()];
    const parent = request.getParent().split('::')[2] ?? '';
    const path = parent === '' || parent === 'pulumi:pulumi:Stack' ? type : `${parent}$${type}`;
    const urn = `urn:pulumi:${STACK}::${PROJECT}::${path}::${name}`;
    if (run.registrations.some((r) => r.urn === urn)) throw new Error(`Duplicate resource URN '${urn}'`);
    const registration = readRegistration(request, urn);
    run.registrations.push({ ...registration, version: request.getVersion() });
    const refusal = preview ? undefined : refusals[name];
    if (refusal !== undefined) {
      const hook = hooks.get(registration.onError[0] ?? '');
      run.retries[name] = hook !== undefined && (await askHook(hook, name, refusal));
      throw new Error(refusal);
    }
    const response = new resource.RegisterResourceResponse();
    response.setUrn(urn);
    const sent = request.getObject() ?? asStruct({});
    response.setObject(sent);
    if (!request.getCustom() || preview) return response;
    const { id, outputs } = made(type, name, registration.inputs);
    response.setId(id);
    response.setObject(asStruct({ ...sent.toJavaScript(), ...secretLike(type, outputs) }));
    return response;
  };
  const registered = callbackify(register);
  const handlers = {
    supportsFeature: ((_call, done) => {
      const response = new resource.SupportsFeatureResponse();
      response.setHassupport(true);
      done(null, response);
    }) as Unary<unknown, InstanceType<typeof resource.SupportsFeatureResponse>>,
    getDeploymentInfo: ((_call, done) => {
      const response = new resource.DeploymentInfo();
      response.setSupportedfeaturesList(Object.values(resource.ResourceMonitorFeature) as never[]);
      done(null, response);
    }) as Unary<unknown, InstanceType<typeof resource.DeploymentInfo>>,
    invoke: (({ request }, done) => {
      const response = new resource.ResourceInvokeResponse();
      response.setReturn(asStruct(invoked(request.getTok())));
      done(null, response);
    }) as Unary<
      InstanceType<typeof resource.ResourceInvokeRequest>,
      InstanceType<typeof resource.ResourceInvokeResponse>
    >,
    registerResource: (({ request }, done) => {
      registered(request, (error: Error | null, response) =>
        error ? done({ code: grpc.status.UNKNOWN, details: error.message }) : done(null, response),
      );
    }) as Unary<
      InstanceType<typeof resource.RegisterResourceRequest>,
      InstanceType<typeof resource.RegisterResourceResponse>
    >,
    registerResourceOutputs: ((call, done) => {
      if (call.request.getUrn().includes('::pulumi:pulumi:Stack::')) {
        const secrets: string[] = [];
        const values = openSecrets(call.request.getOutputs()?.toJavaScript() ?? {}, '', secrets);
        run.outputs = { values: values as Record<string, unknown>, secrets };
      }
      nothing(call as never, done);
    }) as Unary<
      InstanceType<typeof resource.RegisterResourceOutputsRequest>,
      InstanceType<typeof empty.Empty>
    >,
    registerErrorHook: ((call, done) => {
      hooks.set(call.request.getName(), call.request.getCallback()!);
      nothing(call as never, done);
    }) as Unary<InstanceType<typeof resource.RegisterErrorHookRequest>, InstanceType<typeof empty.Empty>>,
    signalAndWaitForShutdown: nothing,
  };
  return handlers as unknown as grpc.UntypedServiceImplementation;
}

function log(run: EngineRun): grpc.UntypedServiceImplementation {
  let root = '';
  const handlers = {
    log: ((call, done) => {
      // Debug messages are shown to nobody who did not ask for them.
      if (call.request.getSeverity() > engine.LogSeverity.DEBUG)
        run.shown += `${call.request.getMessage()}\n`;
      nothing(call as never, done);
    }) as Unary<InstanceType<typeof engine.LogRequest>, InstanceType<typeof empty.Empty>>,
    getRootResource: ((_call, done) => {
      const response = new engine.GetRootResourceResponse();
      response.setUrn(root);
      done(null, response);
    }) as Unary<unknown, InstanceType<typeof engine.GetRootResourceResponse>>,
    setRootResource: (({ request }, done) => {
      root = request.getUrn();
      done(null, new engine.SetRootResourceResponse());
    }) as Unary<
      InstanceType<typeof engine.SetRootResourceRequest>,
      InstanceType<typeof engine.SetRootResourceResponse>
    >,
    requirePulumiVersion: ((_call, done) => done(null, new engine.RequirePulumiVersionResponse())) as Unary<
      unknown,
      InstanceType<typeof engine.RequirePulumiVersionResponse>
    >,
  };
  return handlers as unknown as grpc.UntypedServiceImplementation;
}

/** Runs the program once, to its end. */
export async function runProgram(options: EngineOptions): Promise<EngineRun> {
  const run: EngineRun = {
    exitCode: null,
    shown: '',
    registrations: [],
    outputs: { values: {}, secrets: [] },
    retries: {},
  };
  const server = new grpc.Server();
  server.addService(resourceService.ResourceMonitorService as never, monitor(run, options));
  server.addService(engineService.EngineService as never, log(run));
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  // What Pulumi.yaml leads to: its folder, and there the entry in package.json or the one that it names.
  const { folder, main } = options.program ?? { folder: PROGRAM, main: '.' };
  try {
    const entry = createRequire(join(PROGRAM, 'package.json')).resolve('@pulumi/pulumi/cmd/run/index.js');
    const address = `127.0.0.1:${port}`;
    const child = spawn(
      process.execPath,
      [
        entry,
        `--monitor=${address}`,
        `--engine=${address}`,
        `--project=${PROJECT}`,
        `--stack=${STACK}`,
        `--pwd=${folder}`,
        `--root-directory=${folder}`,
        '--parallel=16',
        ...(options.preview ? ['--dry-run'] : []),
        main,
      ],
      {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: process.env['PATH'],
          PULUMI_CONFIG: JSON.stringify(options.config),
          PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(options.encrypted),
        },
      },
    );
    const [[code], out, err] = await Promise.all([
      once(child, 'close') as Promise<[number | null]>,
      text(child.stdout),
      text(child.stderr),
    ]);
    run.exitCode = code;
    run.shown += out + err;
    return run;
  } finally {
    server.forceShutdown();
  }
}
