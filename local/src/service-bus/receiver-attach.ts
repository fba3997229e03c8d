/** Answers a client that opens a receiver: joins it to a queue, or to a session, at once or when one is free. */
import { ticks } from './amqp-values.ts';
import { ConsumerLink } from './consumer-link.ts';
import { asBrokerError, BrokerError } from './errors.ts';
import type { Queue } from './queue.ts';
import type { Link } from './rhea-internals.ts';
import type { SessionWaiter } from './sessions.ts';

const SESSION_FILTER = 'com.microsoft:session-filter';
// How long the service waits for a session when the client does not say.
const DEFAULT_WAIT_MS = 60_000;

/** An attached receiver; `leave` is to be called once, when its link, session or connection is gone: closed, or `broken`. */
export interface AttachedReceiver {
  readonly consumer: ConsumerLink;
  leave(broken: boolean): void;
}

/** Throws BrokerError when the receiver does not suit the queue or its session is taken. */
export function attachReceiver(link: Link, queue: Queue): AttachedReceiver {
  const source = link.remote.attach.source ?? {};
  const filter = source.filter ?? {};
  const wantsSession = SESSION_FILTER in filter;
  if (wantsSession !== (queue.sessions !== undefined)) throw wrongKind(queue, wantsSession);
  const consumer = new ConsumerLink(link, queue);
  const leave = (broken: boolean) => queue.leave(consumer, broken);
  link.set_source({ address: source.address, filter });
  const { sessions } = queue;
  if (!sessions) {
    queue.join(consumer);
    return { consumer, leave };
  }
  const accept = (id: string) => {
    const session = sessions.accept(id, consumer);
    link.set_source({ address: source.address, filter: { [SESSION_FILTER]: id } });
    link.local.attach.properties = { 'com.microsoft:locked-until-utc': ticks(session.lockedUntil) };
    link.open();
  };
  const wanted = filter[SESSION_FILTER];
  if (typeof wanted === 'string') {
    accept(wanted);
    return { consumer, leave };
  }
  const free = sessions.nextFree();
  if (free) {
    accept(free.id);
    return { consumer, leave };
  }
  const stopWaiting = holdBack(link, queue, accept);
  const giveUp = (broken: boolean) => {
    stopWaiting();
    leave(broken);
  };
  return { consumer, leave: giveUp };
}

/** Leaves the attach unanswered until a session is free, or the client's time is over. */
function holdBack(link: Link, queue: Queue, accept: (id: string) => void): () => void {
  // rhea has marked the link open and will answer in the next turn unless it is told that it has not.
  link.state.local_open = false;
  link.state.open_requests = 0;
  let waiting = true;
  const stop = () => {
    waiting = false;
    clearTimeout(timer);
    queue.sessions?.stopWaiting(waiter);
  };
  const waiter: SessionWaiter = {
    accept({ id }) {
      stop();
      accept(id);
    },
  };
  const asked = Number(link.remote.attach.properties?.['com.microsoft:timeout'] ?? DEFAULT_WAIT_MS);
  const timer = setTimeout(() => {
    stop();
    const text = 'The operation did not complete within the allotted timeout: no session is available.';
    refuseLink(link, new BrokerError('com.microsoft:timeout', text));
  }, asked);
  queue.sessions?.wait(waiter);
  return () => {
    if (!waiting) return;
    stop();
    // the client left first: an attach must be out before a detach can answer its own
    link.open();
  };
}

/**
 * Attaches without source or target, which says that nothing was attached, and detaches with the error. A refused
 * receiver that got its session filter back would believe it holds the session.
 */
export function refuseLink(link: Link, error: unknown): void {
  const { condition, message } = asBrokerError(error);
  if (link.is_sender()) link.local.attach.source = undefined;
  else link.local.attach.target = undefined;
  link.open();
  link.close({ condition, description: message });
}

function wrongKind(queue: Queue, wantsSession: boolean): BrokerError {
  const why = wantsSession
    ? 'A sessionful message receiver cannot be created on an entity that does not require sessions.'
    : 'It is not possible for an entity that requires sessions to create a non-sessionful message receiver.';
  return new BrokerError('amqp:not-allowed', `${why} Entity: ${queue.name}`);
}
