import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { rootOf } from '@github-repo-stats/shared/telemetry/run-trace';
import { keepTelemetry } from '@github-repo-stats/shared/telemetry/telemetry.fixture';
import { beforeEach, expect, it } from 'vitest';
import { RUN_ID, runOf } from '@github-repo-stats/shared/run.fixture';
import { tellRun } from './run-span.ts';

const told = keepTelemetry();
beforeEach(() => told.forget());
const ended = { startedAt: '2021-01-20T07:21:38.250Z', endedAt: '2021-01-20T07:30:00.000Z' };
const seconds = (text: string): [number, number] => [
  Math.floor(Date.parse(text) / 1000),
  (Date.parse(text) % 1000) * 1e6,
];

it('the first end of a run is the root of its trace, as long as the run was', () => {
  tellRun(runOf({ status: 'completed', revision: 1, ...ended }));
  const span = told.span('run');
  expect(span.spanContext()).toMatchObject({
    traceId: rootOf(RUN_ID).traceId,
    spanId: rootOf(RUN_ID).spanId,
  });
  expect(span.parentSpanContext).toBeUndefined();
  expect([span.startTime, span.endTime]).toEqual([seconds(ended.startedAt), seconds(ended.endedAt)]);
  expect(span.kind).toBe(SpanKind.SERVER);
  expect(span.status.code).toBe(SpanStatusCode.UNSET);
});

it('a later end lies below the root, under an id of its own, and a run that came to nothing has failed', () => {
  tellRun(runOf({ status: 'failed', revision: 2, ...ended }));
  const span = told.span('run');
  expect(span.parentSpanContext?.spanId).toBe(rootOf(RUN_ID).spanId);
  expect(span.spanContext().traceId).toBe(rootOf(RUN_ID).traceId);
  expect(span.spanContext().spanId).not.toBe(rootOf(RUN_ID).spanId);
  expect(span.status.code).toBe(SpanStatusCode.ERROR);
});
