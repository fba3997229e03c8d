import { afterEach, expect, it, vi } from 'vitest';
import { openTelemetry } from './open-telemetry.ts';
import { contextOfWork } from './run-trace.ts';
import { currentTraceparent, inSpan } from './spans.ts';

afterEach(() => vi.restoreAllMocks());

it('is off where Application Insights is not named', () => {
  expect(openTelemetry('fetcher', {})).toBeUndefined();
  expect(currentTraceparent()).toBeUndefined();
});

it('that cannot be switched on is said once, without the connection string, and stops nothing', async () => {
  const warned: unknown[][] = [];
  vi.spyOn(console, 'warn').mockImplementation((...args) => void warned.push(args));
  const telemetry = openTelemetry('fetcher', {
    APPLICATIONINSIGHTS_CONNECTION_STRING: 'InstrumentationKey=no-key-at-all',
  });
  await telemetry?.ready;
  await telemetry?.close();
  expect(telemetry?.capabilities).toEqual({ WorkerOpenTelemetryEnabled: true });
  expect(warned).toHaveLength(1);
  expect(JSON.stringify(warned)).not.toContain('no-key-at-all');
});

it('without telemetry work is done all the same, and names nothing to what it causes', async () => {
  const ofRun = { kind: 'consumer', within: contextOfWork('1611127298', undefined) } as const;
  const before: unknown[] = [];
  expect(await inSpan('work', ofRun, async () => before.push(currentTraceparent()))).toBe(1);
  await expect(inSpan('work', ofRun, () => Promise.reject(new Error('x')))).rejects.toThrow('x');
  expect(before).toEqual([undefined]);
});
