// One received Service Bus message as the Service Bus extension hands it to a Node function.
import type { ServiceBusReceivedMessage } from '@azure/service-bus';
import type { TypedData } from './core-types.ts';
import type { InvocationInput } from './invoker.ts';
import { messageOf } from './problems.ts';
import type { TriggerRuntime } from './trigger.ts';

/** Runs the function for one message; false when it failed (the reason is in the log). */
export async function runForMessage(
  runtime: TriggerRuntime,
  message: ServiceBusReceivedMessage,
): Promise<boolean> {
  let input: InvocationInput;
  try {
    input = toInvocationInput(message);
  } catch (error) {
    const fields = { error: messageOf(error), messageId: message.messageId };
    runtime.logger.host('error', 'The message cannot be given to the function', fields, {
      function: runtime.functionName,
    });
    return false;
  }
  try {
    await runtime.invoke(input);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param message received with `skipParsingBodyAsJson`, so that a data body is still its bytes
 * @throws TypeError when the body is neither bytes nor text (the extension cannot convert those either)
 */
export function toInvocationInput(message: ServiceBusReceivedMessage): InvocationInput {
  const traceParent = message.applicationProperties?.['Diagnostic-Id'];
  return {
    data: { string: bodyText(message.body) },
    triggerMetadata: triggerMetadata(message),
    ...(typeof traceParent === 'string' && { traceContext: { traceParent, traceState: '', attributes: {} } }),
  };
}

function bodyText(body: unknown): string {
  if (body instanceof Uint8Array)
    return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  if (typeof body === 'string') return body;
  throw new TypeError('The message body is neither bytes nor text.');
}

/**
 * Names and forms of ServiceBusTriggerBindingStrategy (extension 5.x): text as text, everything else as JSON, absent ones left out.
 * The library lowers the first letter of each name and parses text that looks like JSON.
 */
function triggerMetadata(message: ServiceBusReceivedMessage): Record<string, TypedData> {
  const metadata: Record<string, TypedData> = {};
  const text = (name: string, value: string | number | bigint | boolean | Buffer | undefined): void => {
    if (value !== undefined) metadata[name] = { string: String(value) };
  };
  const json = (name: string, value: unknown): void => {
    if (value !== undefined && value !== null) metadata[name] = { json: toJson(value) };
  };
  // The first delivery counts 1 in .NET; the wire and the JavaScript SDK count from 0.
  json('DeliveryCount', (message.deliveryCount ?? 0) + 1);
  text('DeadLetterSource', message.deadLetterSource);
  text('LockToken', message.lockToken);
  json('ExpiresAtUtc', message.expiresAtUtc);
  json('ExpiresAt', message.expiresAtUtc);
  json('EnqueuedTimeUtc', message.enqueuedTimeUtc);
  json('EnqueuedTime', message.enqueuedTimeUtc);
  text('MessageId', message.messageId);
  text('ContentType', message.contentType);
  text('ReplyTo', message.replyTo);
  json('SequenceNumber', message.sequenceNumber?.toString());
  text('To', message.to);
  text('Subject', message.subject);
  text('Label', message.subject);
  text('CorrelationId', message.correlationId);
  json('ApplicationProperties', message.applicationProperties ?? {});
  json('UserProperties', message.applicationProperties ?? {});
  text('SessionId', message.sessionId);
  text('ReplyToSessionId', message.replyToSessionId);
  text('PartitionKey', message.partitionKey);
  return metadata;
}

/** A sequence number arrives as its digits, so that it is written as the JSON number it is in .NET. */
function toJson(value: unknown): string {
  return typeof value === 'string' && /^\d+$/.test(value) ? value : JSON.stringify(value);
}
