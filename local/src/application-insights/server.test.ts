import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { logTo } from '@github-repo-stats/shared/log';
import { openTelemetry } from '@github-repo-stats/shared/telemetry/open-telemetry';
import { contextOfWork, rootOf } from '@github-repo-stats/shared/telemetry/run-trace';
import { inSpan, tellSpan } from '@github-repo-stats/shared/telemetry/spans';
import { EXPORTER_SETTINGS } from '@github-repo-stats/shared/telemetry/exporter-settings';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Row } from './rows.ts';
import { startApplicationInsights, type ApplicationInsights } from './server.ts';

const RUN = '1611127298';
let directory: string;
let file: string;
let insights: ApplicationInsights;
let said: string[];

beforeEach(async () => {
  said = [];
  vi.spyOn(console, 'error').mockImplementation((line: unknown) => void said.push(String(line)));
  for (const [name, value] of Object.entries(EXPORTER_SETTINGS)) vi.stubEnv(name, value);
  directory = await mkdtemp(join(tmpdir(), 'application-insights-'));
  file = join(directory, 'telemetry.ndjson');
  insights = await startApplicationInsights({ file, port: 0 });
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await insights.close();
  await rm(directory, { recursive: true });
});
const rows = async (): Promise<Row[]> =>
  (await readFile(file, 'utf8'))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row);
const track = (body: string | Buffer, headers: Record<string, string> = {}) =>
  fetch(`${insights.url}/v2.1/track`, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });

const envelope = (baseType: string, baseData: object) => ({
  name: 'Microsoft.ApplicationInsights.X',
  time: '2021-01-20T07:21:38.000Z',
  iKey: '00000000-0000-0000-0000-000000000000',
  ver: 1,
  tags: { 'ai.operation.id': 'trace', 'ai.operation.parentId': 'parent', 'ai.cloud.role': 'fetcher' },
  data: { baseType, baseData },
});
const trace = (message: string) => envelope('MessageData', { message, severityLevel: 'Warning', ver: 2 });

test('what the apps tell through the real exporter is kept as rows of its tables', async () => {
  const telemetry = openTelemetry('fetcher', {
    APPLICATIONINSIGHTS_CONNECTION_STRING: insights.connectionString,
  });
  await telemetry?.ready;
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const within = contextOfWork(RUN, undefined);
  await inSpan('fetch', { kind: 'consumer', within, attributes: { delivery: 2 } }, async () => {
    await inSpan('ask GitHub', { kind: 'client' }, async ({ fail }) => fail({ outcome: 'timeout' }));
    logTo(silent)('warn', 'what a quiet run misses was sent again', { runId: RUN, messages: 3 });
  });
  const ids = { traceId: rootOf(RUN).traceId, id: rootOf(RUN).spanId };
  tellSpan('run', { kind: 'server', ...ids }, { from: 1e12, to: 1e12 + 93_784_250, failed: false });
  await telemetry?.close();

  const told = await rows();
  expect(told.map((r) => r.Type).sort()).toEqual([
    'AppDependencies',
    'AppRequests',
    'AppRequests',
    'AppTraces',
  ]);
  const one = (name: string): Row => told.find((r) => (r['Name'] ?? r['Message']) === name)!;
  for (const row of told) expect(row).toMatchObject({ OperationId: ids.traceId, AppRoleName: 'fetcher' });
  expect(one('run')).toMatchObject({
    Type: 'AppRequests',
    Id: ids.id,
    ParentId: '',
    Success: true,
    // A day, two hours, three minutes, 4.25 seconds.
    DurationMs: 93_784_250,
    TimeGenerated: '2001-09-09T01:46:40.000Z',
  });
  const fetched = one('fetch');
  expect(fetched).toMatchObject({ ParentId: ids.id, Success: true, Properties: { delivery: '2' } });
  expect(one('ask GitHub')).toMatchObject({
    Type: 'AppDependencies',
    ParentId: fetched['Id'],
    Success: false,
    Properties: { outcome: 'timeout' },
  });
  expect(one('what a quiet run misses was sent again')).toMatchObject({
    Type: 'AppTraces',
    ParentId: fetched['Id'],
    SeverityLevel: 2,
    Properties: { runId: RUN, messages: '3' },
  });
  expect(insights.received()).toMatchObject({ requests: 2, items: 4 });
  expect(said).toEqual([]);
});

describe('a request', () => {
  test.each([
    ['as it is', (text: string) => track(text)],
    ['compressed', (text: string) => track(gzipSync(text), { 'content-encoding': 'gzip' })],
  ])('is taken %s', async (_, send) => {
    const text = JSON.stringify([trace('one'), trace('two')]);
    const response = await send(text);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ itemsReceived: 2, itemsAccepted: 2, errors: [] });
    expect((await rows()).map((r) => r['Message'])).toEqual(['one', 'two']);
    expect(await (await fetch(`${insights.url}/received`)).json()).toEqual({
      requests: 1,
      items: 2,
      bytes: text.length,
    });
  });

  test.each([
    [
      'of another kind of telemetry',
      envelope('MetricData', { metrics: [] }),
      'UnsupportedTelemetryType: MetricData',
    ],
    ['of another resource', { ...trace('x'), iKey: 'other' }, 'InvalidInstrumentationKey'],
    ['that is no envelope', { hello: 'world' }, 'InvalidEnvelope: time'],
    ['without what its kind must have', envelope('MessageData', {}), 'InvalidEnvelope: message'],
    [
      'that would be a row without a name',
      envelope('RequestData', { id: 'a', duration: '00:00:01', success: true, responseCode: '0' }),
      'InvalidEnvelope: name',
    ],
    [
      'that took a time which is none',
      envelope('RequestData', { id: 'a', name: 'x', duration: '1 s', success: true, responseCode: '0' }),
      'InvalidEnvelope: 1 s is no duration',
    ],
  ])('has an item %s refused by name, and the others taken', async (_, item, why) => {
    const partly = await track(JSON.stringify([trace('one'), item]));
    expect(partly.status).toBe(206);
    expect(await partly.json()).toEqual({
      itemsReceived: 2,
      itemsAccepted: 1,
      errors: [{ index: 1, statusCode: 400, message: expect.stringContaining(why) as unknown }],
    });
    expect((await rows()).map((r) => r['Message'])).toEqual(['one']);
    expect(said).toEqual([expect.stringContaining(why)]);
    expect((await track(JSON.stringify([item]))).status).toBe(400);
  });

  test.each([
    ['is no JSON', 'no json', {}],
    ['is compressed otherwise', '[]', { 'content-encoding': 'br' }],
    ['is not what it says', 'no gzip', { 'content-encoding': 'gzip' }],
  ])('that %s is refused', async (_, body, headers) => {
    expect((await track(body, headers)).status).toBe(400);
  });
});

test('exceptions are rows of their own', async () => {
  await track(
    JSON.stringify([envelope('ExceptionData', { exceptions: [{ typeName: 'TypeError', message: 'x' }] })]),
  );
  expect(await rows()).toMatchObject([
    { Type: 'AppExceptions', ExceptionType: 'TypeError', OuterMessage: 'x' },
  ]);
});

test('rows of parallel requests are each one whole line, and a restart goes on behind them', async () => {
  await Promise.all(
    Array.from({ length: 30 }, (_, i) => track(JSON.stringify([trace(`p${i}`), trace(`q${i}`)]))),
  );
  await insights.close();
  insights = await startApplicationInsights({ file, port: 0 });
  await track(JSON.stringify([trace('last')]));
  const messages = (await rows()).map((r) => r['Message']);
  expect(new Set(messages).size).toBe(61);
  expect(messages.at(-1)).toBe('last');
});

test('a failure asked for reaches the sender, and nothing is kept', async () => {
  insights.failNext(503);
  expect((await track(JSON.stringify([trace('one')]))).status).toBe(503);
  expect(insights.received().items).toBe(0);
});
