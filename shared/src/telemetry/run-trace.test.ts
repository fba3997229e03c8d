import { trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { contextOfWork, revisionSpanId, rootOf, spanIdOf, traceIdOf } from './run-trace.ts';
import { readTraceparent, writeTraceparent } from './traceparent.ts';

const RUN = '1611127298';
const spanOf = (...args: Parameters<typeof contextOfWork>) => trace.getSpanContext(contextOfWork(...args));

describe('the ids of a run', () => {
  it('are what OpenTelemetry takes for ids, and the same wherever they are asked for', () => {
    expect(traceIdOf(RUN)).toBe('7526ffaef8ae781572bfd6f329e149e1');
    expect(revisionSpanId(RUN)).toMatch(/^[0-9a-f]{16}$/);
    expect(revisionSpanId(RUN)).toBe(rootOf(RUN).spanId);
  });

  it('are others for another run, another revision, another message', () => {
    expect(traceIdOf('1611127299')).not.toBe(traceIdOf(RUN));
    expect(revisionSpanId(RUN, 2)).not.toBe(revisionSpanId(RUN, 1));
    expect(revisionSpanId(RUN, 3)).not.toBe(revisionSpanId(RUN, 2));
    expect(spanIdOf('fetch', 'ab', 'c')).not.toBe(spanIdOf('fetch', 'a', 'bc'));
  });
});

describe('work for a run begins', () => {
  it('below what caused it, when that is of the same run', () => {
    const cause = { ...rootOf(RUN), spanId: 'b7ad6b7169203331' };
    expect(spanOf(RUN, writeTraceparent(cause))).toEqual(cause);
  });

  it.each([
    ['nobody says what caused it', undefined],
    ['its cause is of another trace', writeTraceparent({ ...rootOf('1611127299') })],
    ['its cause is unreadable', '00-xyz-1-01'],
  ])('below the root when %s', (_, parent) => {
    expect(spanOf(RUN, parent)).toEqual(rootOf(RUN));
  });

  it('below its cause, or nowhere, when it is not known to which run it belongs', () => {
    const cause = rootOf(RUN);
    expect(spanOf(undefined, writeTraceparent(cause))).toEqual(cause);
    expect(spanOf(undefined, undefined)).toBeUndefined();
  });
});

describe('a traceparent', () => {
  it('is read as W3C writes it', () => {
    expect(readTraceparent('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00')).toMatchObject({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      traceFlags: 1,
    });
  });

  it.each([
    undefined,
    7,
    '',
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331',
    '01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    '00-00000000000000000000000000000000-b7ad6b7169203331-01',
    '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
    '00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01',
  ])('is not %j', (text) => expect(readTraceparent(text)).toBeUndefined());
});
