/** The policy pack as the CLI starts it, and speaks to it. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import grpc from '@grpc/grpc-js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import struct, { type JavaScriptValue } from 'google-protobuf/google/protobuf/struct_pb.js';
import analyzer from '@pulumi/pulumi/proto/analyzer_pb.js';
import analyzerService from '@pulumi/pulumi/proto/analyzer_grpc_pb.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POLICIES } from '../policy/policies.ts';
import { configured, EVERYTHING, noCode } from './config.fixture.ts';
import { PROGRAM } from './engine.fixture.ts';
import { record } from './registrations.fixture.ts';
import { defineStack } from './stack.ts';

const PACK = join(PROGRAM, 'policy');

type Client = InstanceType<typeof analyzerService.AnalyzerClient>;
type Diagnostic = InstanceType<typeof analyzer.AnalyzeDiagnostic>;

let child: ChildProcess;
let client: Client;
/**
 * As pulumi-language-nodejs does (RunPlugin, for an analyzer): asks Node in the folder of the pack where the entry is, runs it there with
 * the engine's address and the folder, and reads the port from the first line.
 */
beforeAll(async () => {
  const env = { PATH: process.env['PATH'] };
  const ask = "console.log(require.resolve('@pulumi/pulumi/cmd/run-policy-pack'))";
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', ask], { cwd: PACK, env });
  child = spawn(process.execPath, [stdout.trim(), '127.0.0.1:1', '.'], {
    cwd: PACK,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port] = (await once(createInterface(child.stdout!), 'line')) as [string];
  client = new analyzerService.AnalyzerClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
});
afterAll(async () => {
  client?.close();
  if (!child || child.exitCode !== null) return;
  child.kill();
  await once(child, 'close');
});

const call = <Request, Response>(
  method: (request: Request, done: (error: Error | null, response: Response) => void) => unknown,
  request: Request,
): Promise<Response> =>
  new Promise((resolve, reject) =>
    method.call(client, request, (error, response) => (error ? reject(error) : resolve(response))),
  );

async function analyze(type: string, name: string, inputs: object): Promise<Diagnostic[]> {
  const request = new analyzer.AnalyzeRequest();
  request.setType(type);
  request.setName(name);
  request.setUrn(`urn:pulumi:test::github-repo-stats::${type}::${name}`);
  request.setOptions(new analyzer.AnalyzerResourceOptions());
  request.setProperties(struct.Struct.fromJavaScript(inputs as Record<string, JavaScriptValue>));
  const response = await call<typeof request, InstanceType<typeof analyzer.AnalyzeResponse>>(
    client.analyze.bind(client),
    request,
  );
  return response.getDiagnosticsList();
}
const said = (diagnostics: readonly Diagnostic[]): string[] =>
  diagnostics.map((d) => `${d.getPolicyname()}: ${d.getMessage()}`);

describe('the policy pack', () => {
  it('says what it holds, all of it mandatory', async () => {
    const info = await call<InstanceType<typeof empty.Empty>, InstanceType<typeof analyzer.AnalyzerInfo>>(
      client.getAnalyzerInfo.bind(client),
      new empty.Empty(),
    );
    expect(info.getName()).toBe('github-repo-stats');
    expect(info.getPoliciesList().map((p) => p.getName())).toEqual(POLICIES.map((p) => p.name));
    expect(info.getPoliciesList().map((p) => p.getEnforcementlevel())).toEqual(
      POLICIES.map(() => analyzer.EnforcementLevel.MANDATORY),
    );
  });

  it('finds nothing wrong with the stack', async () => {
    const { registrations } = await record(() => defineStack(configured(EVERYTHING), noCode()));
    const plain = registrations.filter((r) => r.custom && !r.type.endsWith('storage:Blob'));
    expect(plain.length).toBeGreaterThan(100);
    const found = await Promise.all(plain.map((r) => analyze(r.type, r.name, r.inputs)));
    expect(said(found.flat())).toEqual([]);
  });

  it('stops a resource that violates a policy, and says which', async () => {
    const found = await analyze('azure-native:servicebus:Queue', 'queue-fetch', {
      queueName: 'fetch',
      requiresSession: false,
      requiresDuplicateDetection: false,
    });
    expect(said(found)).toEqual([expect.stringContaining('queues-with-sessions: Queues have sessions')]);
    expect(found[0]!.getMessage()).toContain('queue-fetch has no sessions: set requiresSession');
    expect(found[0]!.getEnforcementlevel()).toBe(analyzer.EnforcementLevel.MANDATORY);
  });

  it('leaves what a preview does not know to the update', async () => {
    const unknown = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
    const found = await analyze('azure-native:authorization:RoleAssignment', 'writer-sends-write', {
      scope: unknown,
      roleDefinitionId: unknown,
    });
    expect(found.length).toBeGreaterThan(0);
    expect(found.map((d) => d.getEnforcementlevel())).toEqual(
      found.map(() => analyzer.EnforcementLevel.ADVISORY),
    );
  });

  it('takes the allowed locations from its configuration', async () => {
    const eastus = { location: 'eastus', allowBlobPublicAccess: false };
    const type = 'azure-native:network:VirtualNetwork';
    expect(said(await analyze(type, 'network', eastus))).toEqual([]);
    const request = new analyzer.ConfigureAnalyzerRequest();
    const config = new analyzer.PolicyConfig();
    config.setEnforcementlevel(analyzer.EnforcementLevel.MANDATORY);
    config.setProperties(struct.Struct.fromJavaScript({ locations: ['westeurope'] }));
    request.getPolicyconfigMap().set('allowed-locations', config);
    await call(client.configure.bind(client), request);
    expect(said(await analyze(type, 'network', eastus))).toEqual([
      expect.stringContaining('network is in eastus: allowed is westeurope'),
    ]);
  });
});
