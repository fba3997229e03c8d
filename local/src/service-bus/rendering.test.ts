/** Messages reach the receiver as they were sent, whatever AMQP client encoded them. */
import fc from 'fast-check';
import rhea from 'rhea';
import { describe, expect, it } from 'vitest';
import { scanSections } from './amqp-sections.ts';
import { BATCH_FORMAT, readEnvelope, readTransfer } from './envelope.ts';
import { BrokerError } from './errors.ts';
import type { MessageFields } from './message.ts';
import { mergeProperties, renderMessage } from './rendering.ts';

const fields: MessageFields = {
  id: 1,
  sequenceNumber: 2 ** 40,
  enqueuedSequenceNumber: 5,
  sessionId: undefined,
  state: 0,
  enqueuedAt: 1_700_000_000_000,
  scheduledAt: 0,
  expiresAt: 0,
  deliveryCount: 300,
  properties: undefined,
  deadLetterSource: undefined,
};

const decode = (bytes: Buffer) => ({ ...rhea.message.decode(bytes) }) as Record<string, unknown>;

function attempt(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}

const text = fc.string({ maxLength: 300 });
const value = fc.oneof(
  text,
  fc.boolean(),
  fc.integer(),
  // Not -0: an annotation is written anew, and rhea writes that as the integer 0.
  fc.double({ noNaN: true, min: -1e9, max: 1e9 }).map((n) => n + 0),
  fc.constant(null),
);
const message = fc.record(
  {
    message_id: fc.string({ minLength: 1, maxLength: 128 }),
    group_id: fc.string({ minLength: 1, maxLength: 128 }),
    subject: text,
    to: text,
    ttl: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    priority: fc.integer({ min: 0, max: 9 }),
    application_properties: fc.dictionary(text, value),
    message_annotations: fc.dictionary(fc.stringMatching(/^x-opt-custom-[a-z]{1,20}$/), value),
    body: fc.oneof(text, fc.array(value), fc.dictionary(text, value)),
  },
  { requiredKeys: ['body'] },
);

describe('a message', () => {
  it('keeps every section that the sender set', () => {
    fc.assert(
      fc.property(message, (sent) => {
        const encoded = rhea.message.encode(sent);
        const { raw, messageId, sessionId, timeToLive } = readEnvelope(encoded);
        const before = decode(encoded);
        const after = decode(renderMessage(raw, fields, 1_700_000_060_000));
        expect(after).toEqual({
          ...before,
          message_id: messageId,
          priority: before['priority'] ?? 4,
          durable: false,
          first_acquirer: false,
          delivery_count: 300,
          message_annotations: {
            ...sent.message_annotations,
            'x-opt-sequence-number': 2 ** 40,
            'x-opt-enqueue-sequence-number': 5,
            'x-opt-enqueued-time': new Date(1_700_000_000_000),
            'x-opt-locked-until': new Date(1_700_000_060_000),
          },
        });
        expect(sent.message_id ?? messageId).toBe(messageId);
        expect(sessionId).toBe(sent.group_id);
        expect(timeToLive).toBe(sent.ttl);
      }),
    );
  });

  it('keeps the encoded bytes of body and properties, so that no type is lost', () => {
    const { types } = rhea;
    const application_properties = { long: types.wrap_long(5), short: types.wrap_short(6) };
    const encoded = rhea.message.encode({
      message_id: 'm',
      body: types.wrap_ulong(7),
      application_properties,
    });
    const kept = scanSections(encoded).filter(({ code }) => code >= 0x73);
    const tail = encoded.subarray(kept[0]!.start);
    const rendered = renderMessage(readEnvelope(encoded).raw, fields);
    expect(Buffer.compare(rendered.subarray(rendered.length - tail.length), tail)).toBe(0);
  });

  it('gets its properties merged, and keeps them through a second merge', () => {
    const raw = rhea.message.encode({ message_id: 'm', body: 1, application_properties: { a: 1, b: 2 } });
    const once = mergeProperties(raw, undefined, { b: 3, c: 'x', absent: undefined });
    const twice = mergeProperties(raw, once, { a: null, d: true });
    const rendered = decode(renderMessage(raw, { ...fields, properties: twice }));
    expect(rendered['application_properties']).toEqual({ b: 3, c: 'x', d: true });
    const bare = rhea.message.encode({ message_id: 'm', body: 1 });
    const added = renderMessage(bare, { ...fields, properties: mergeProperties(bare, undefined, { a: 1 }) });
    expect(decode(added)).toMatchObject({ application_properties: { a: 1 }, message_id: 'm', body: 1 });
  });

  it('comes out of a batch whole', () => {
    const single = [1, 2, 3].map((body) => rhea.message.encode({ message_id: `m${body}`, body }));
    const batch = rhea.message.encode({ body: rhea.message.data_sections(single) });
    const messages = readTransfer(batch, BATCH_FORMAT);
    expect(messages.map(({ messageId }) => messageId)).toEqual(['m1', 'm2', 'm3']);
    const one = rhea.message.encode({ body: rhea.message.data_section(single[0]) });
    expect(readTransfer(one, BATCH_FORMAT)).toHaveLength(1);
  });

  it('is refused by a decode error when it is no message', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (bytes) => {
        const outcome = attempt(() => readEnvelope(Buffer.from(bytes)));
        expect(outcome instanceof Error && !(outcome instanceof BrokerError)).toBe(false);
      }),
      { examples: [[new Uint8Array([0])], [new Uint8Array([0, 0x53, 0x73, 0xd0, 0, 0, 0, 9])]] },
    );
  });
});
