import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { beforeEach, expect, it } from 'vitest';
import { keepTelemetry } from '../telemetry/telemetry.fixture.ts';
import type { GithubReply } from './reply.ts';
import { toldCall } from './told-call.ts';

const told = keepTelemetry();
beforeEach(() => told.forget());
const about = { credential: 'bot', kind: 'stats', query: 'RepositoryStats', dryRun: false } as const;
const data: GithubReply = {
  kind: 'data',
  data: { secret: 'of GitHub' },
  errors: [],
  points: 2,
  seconds: 0.12345,
};
const may = () => true;

it('a call is told by who asked what for, what came of it and what it cost, and by no word of it', async () => {
  expect(await toldCall(about, may, () => Promise.resolve(data))).toBe(data);
  const span = told.span('ask GitHub');
  expect(span.kind).toBe(SpanKind.CLIENT);
  expect(span.status.code).toBe(SpanStatusCode.UNSET);
  expect(span.attributes).toEqual({
    'ai.operation.name': 'ask GitHub',
    ...about,
    outcome: 'data',
    points: 2,
    seconds: 0.123,
  });
});

it.each<[string, GithubReply]>([
  [
    'limited: secondary',
    { kind: 'limited', limit: 'secondary', waitMs: 1, detail: 'x', points: 0, seconds: 0 },
  ],
  ['refused: saml', { kind: 'refused', reason: 'saml', detail: 'x', points: 0, seconds: 0 }],
  ['timeout', { kind: 'timeout', detail: 'x', points: 0, seconds: 0 }],
])('a call that came to nothing has failed: %s', async (outcome, reply) => {
  await toldCall(about, may, () => Promise.resolve(reply));
  expect(told.span('ask GitHub').attributes).toMatchObject({ outcome });
  expect(told.span('ask GitHub').status.code).toBe(SpanStatusCode.ERROR);
});

it.each([
  [false, 0],
  [true, 1],
])('a call is told only when it was let out: %s', async (letOut, spans) => {
  const reply: GithubReply = { kind: 'transport', detail: 'held back', points: 0, seconds: 0 };
  await toldCall(
    about,
    () => letOut,
    async (ask) => {
      expect(await ask()).toBe(letOut);
      return letOut ? data : reply;
    },
  );
  expect(told.spans()).toHaveLength(spans);
});
