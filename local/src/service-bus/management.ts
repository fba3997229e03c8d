/** The operations of `<entity>/$management`: one function for each, from request body to reply body. */
import rhea from 'rhea';
import { readEnvelope } from './envelope.ts';
import { BrokerError } from './errors.ts';
import type { Disposition, Properties } from './disposition.ts';
import type { Queue } from './queue.ts';
import { cancelScheduled, findDeferred, peekMessages } from './queue-requests.ts';
import { renderMessage } from './rendering.ts';
import { buffers, numbers, optionalText, text, type Body } from './request-body.ts';
import type { Session } from './sessions.ts';

/** `linkName`: the receiver on whose behalf the client asks, which must hold the session. */
interface Request {
  readonly queue: Queue;
  readonly body: Body;
  readonly linkName: string | undefined;
}

type Operation = (request: Request) => Body | undefined;

// A reply holds no more than a link may carry; the client asks again for the rest.
const MAX_PEEK_BYTES = 1024 * 1024;
const TIMESTAMP = 0x83;
const LONG = 0x81;

const operations: Record<string, Operation> = {
  'com.microsoft:peek-message': peek,
  'com.microsoft:schedule-message': schedule,
  'com.microsoft:cancel-scheduled-message': cancel,
  'com.microsoft:receive-by-sequence-number': receiveDeferred,
  'com.microsoft:update-disposition': updateDisposition,
  'com.microsoft:renew-lock': renewLock,
  'com.microsoft:renew-session-lock': renewSessionLock,
  'com.microsoft:get-session-state': getSessionState,
  'com.microsoft:set-session-state': setSessionState,
};

/** Returns the reply's body, undefined when there is nothing to say. Throws BrokerError. */
export function manage(operation: string, request: Request): Body | undefined {
  const run = operations[operation];
  if (!run) throw new BrokerError('amqp:not-implemented', `The operation '${operation}' is not supported.`);
  return run(request);
}

function peek({ queue, body }: Request): Body | undefined {
  const [from = 0] = numbers(body, 'from-sequence-number');
  const [most = 1] = numbers(body, 'message-count');
  const messages: Body[] = [];
  let bytes = 0;
  for (const message of peekMessages(queue, from, optionalText(body, 'session-id'))) {
    const encoded = renderMessage(queue.body(message), message.fields);
    bytes += encoded.length;
    if (messages.length > 0 && bytes > MAX_PEEK_BYTES) break;
    messages.push({ message: encoded });
    if (messages.length >= most) break;
  }
  return messages.length > 0 ? { messages } : undefined;
}

function schedule({ queue, body }: Request): Body {
  const messages = body['messages'];
  if (!Array.isArray(messages)) throw new BrokerError('amqp:invalid-field', "'messages' is not a list");
  const envelopes = messages.flatMap((entry: Body) => buffers(entry, 'message').map(readEnvelope));
  return { 'sequence-numbers': array(queue.enqueue(envelopes), LONG) };
}

function cancel({ queue, body }: Request): Body {
  cancelScheduled(queue, numbers(body, 'sequence-numbers'));
  return {};
}

function receiveDeferred(request: Request): Body {
  const { queue, body } = request;
  const session = heldSession(request);
  const [settleMode] = numbers(body, 'receiver-settle-mode');
  const found = findDeferred(queue, numbers(body, 'sequence-numbers'), session?.id);
  const messages = found.map((message) => {
    const raw = queue.body(message);
    if (settleMode === 0) {
      queue.remove(message);
      return { message: renderMessage(raw, message.fields) };
    }
    const lock = queue.lockDeferred(message, session);
    return {
      'lock-token': rhea.types.wrap_uuid(lock.token),
      message: renderMessage(raw, message.fields, lock.until),
    };
  });
  return { messages };
}

function updateDisposition(request: Request): Body {
  const { queue, body } = request;
  heldSession(request);
  const locks = tokens(body).map((token) => queue.lock(token));
  for (const lock of locks) {
    lock.consumer?.lockLost(lock);
    queue.settle(lock, requestedDisposition(body));
  }
  return {};
}

function requestedDisposition(body: Body): Disposition {
  const properties = body['properties-to-modify'] as Properties | undefined;
  const status = text(body, 'disposition-status');
  switch (status) {
    case 'completed':
      return { kind: 'complete' };
    case 'abandoned':
      return { kind: 'abandon', properties };
    case 'defered': // sic
      return { kind: 'defer', properties };
    case 'suspended': {
      const reason = optionalText(body, 'deadletter-reason');
      return {
        kind: 'deadLetter',
        reason,
        description: optionalText(body, 'deadletter-description'),
        properties,
      };
    }
    default:
      throw new BrokerError('amqp:not-implemented', `The disposition '${status}' is not supported.`);
  }
}

function renewLock({ queue, body }: Request): Body {
  const locks = tokens(body).map((token) => queue.lock(token));
  return {
    expirations: array(
      locks.map((lock) => queue.renew(lock)),
      TIMESTAMP,
    ),
  };
}

function renewSessionLock({ queue, body, linkName }: Request): Body {
  const session = sessionsOf(queue).held(text(body, 'session-id'), linkName);
  return { expiration: new Date(sessionsOf(queue).renew(session)) };
}

function getSessionState({ queue, body, linkName }: Request): Body {
  return { 'session-state': sessionsOf(queue).held(text(body, 'session-id'), linkName).state };
}

function setSessionState({ queue, body, linkName }: Request): Body {
  const session = sessionsOf(queue).held(text(body, 'session-id'), linkName);
  const [state = null] = body['session-state'] === null ? [] : buffers(body, 'session-state');
  queue.setSessionState(session, state);
  return {};
}

/** On a queue with sessions the request must come for the link that holds the session. */
function heldSession({ queue, body, linkName }: Request): Session | undefined {
  return queue.sessions?.held(text(body, 'session-id'), linkName);
}

function sessionsOf(queue: Queue): NonNullable<Queue['sessions']> {
  if (queue.sessions) return queue.sessions;
  throw new BrokerError('amqp:not-allowed', `The entity '${queue.name}' does not require sessions.`);
}

const tokens = (body: Body) => buffers(body, 'lock-tokens').map((token) => token.toString('hex'));

const array = (values: number[], code: number) => rhea.types.wrap_array(values, code, undefined);
