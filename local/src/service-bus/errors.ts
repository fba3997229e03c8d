/** The errors the broker answers with, by the AMQP condition that the SDK maps to its `ServiceBusError.code`. */

export type Condition =
  | 'amqp:decode-error'
  | 'amqp:internal-error'
  | 'amqp:invalid-field'
  | 'amqp:not-allowed'
  | 'amqp:not-found'
  | 'amqp:not-implemented'
  | 'amqp:link:message-size-exceeded'
  | 'com.microsoft:message-lock-lost'
  | 'com.microsoft:message-not-found'
  | 'com.microsoft:server-busy'
  | 'com.microsoft:session-cannot-be-locked'
  | 'com.microsoft:session-lock-lost'
  | 'com.microsoft:timeout';

/** A refusal that reaches the client as an AMQP error with this condition and description. */
export class BrokerError extends Error {
  override readonly name = 'BrokerError';
  readonly condition: Condition;

  constructor(condition: Condition, description: string, options?: ErrorOptions) {
    super(description, options);
    this.condition = condition;
  }
}

/** The configuration, or data of an earlier configuration, asks for something the broker does not do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Another process has the data file open. */
export class DataFileInUseError extends Error {
  override readonly name = 'DataFileInUseError';
}

export const messageLockLost = () =>
  new BrokerError(
    'com.microsoft:message-lock-lost',
    'The lock supplied is invalid. Either the lock expired, or the message has already been removed from the queue.',
  );

export const sessionLockLost = (sessionId: string) =>
  new BrokerError(
    'com.microsoft:session-lock-lost',
    `The session lock has expired on the session '${sessionId}'. Accept a new session.`,
  );

export const messageNotFound = () =>
  new BrokerError(
    'com.microsoft:message-not-found',
    'Failed to lock one or more specified messages. The message does not exist.',
  );

export const sessionIdMissing = () =>
  new BrokerError(
    'amqp:not-allowed',
    'The SessionId was not set on a message, and it cannot be sent to the entity. Entities that have session support enabled can only receive messages that have the SessionId set to a valid value.',
  );

export const deadLetteredTwice = () =>
  new BrokerError('amqp:not-allowed', 'A message in a dead-letter queue cannot be dead-lettered again.');

/** The SDK tells MessagingEntityNotFound by the words "messaging entity ... could not be found". */
export const entityNotFound = (address: string) =>
  new BrokerError('amqp:not-found', `The messaging entity '${address}' could not be found.`);

export const sizeExceeded = (bytes: number, limit: number) =>
  new BrokerError(
    'amqp:link:message-size-exceeded',
    `The received message (size: ${bytes} bytes) exceeds the limit of ${limit} bytes.`,
  );

/** Turns whatever was thrown while serving a request into what the client is told. */
export function asBrokerError(error: unknown): BrokerError {
  if (error instanceof BrokerError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new BrokerError('amqp:internal-error', message, { cause: error });
}
