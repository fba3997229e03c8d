/** Serves requests sent to `$cbs` and `<entity>/$management` and answers on the client's reply link. */
import rhea from 'rhea';
import { Unanswered } from './broker-faults.ts';
import { asBrokerError, type Condition } from './errors.ts';
import { manage } from './management.ts';
import type { Queue } from './queue.ts';
import type { Body } from './request-body.ts';
import type { Connection, Link } from './rhea-internals.ts';

interface RequestMessage {
  readonly message_id?: unknown;
  readonly reply_to?: string;
  readonly application_properties?: Body;
  readonly body?: unknown;
}

/** The reply links of each connection, by link name and by target address: clients use either in reply-to. */
export class ReplyLinks {
  readonly #byConnection = new WeakMap<Connection, Map<string, Link>>();

  add(link: Link): void {
    // Answers need no settlement. The client's would go out just before its next request, which then, since the SDK leaves Nagle's
    // algorithm on, would wait up to 40 ms for our delayed TCP ACK of it.
    link.local.attach.snd_settle_mode = 1;
    const links = this.#byConnection.get(link.connection) ?? new Map<string, Link>();
    this.#byConnection.set(link.connection, links);
    links.set(link.name, link);
    const target = link.remote.attach.target?.address;
    if (target) links.set(target, link);
  }

  remove(link: Link): void {
    const links = this.#byConnection.get(link.connection);
    for (const [name, known] of links ?? []) if (known === link) links?.delete(name);
  }

  find(connection: Connection, replyTo: string | undefined): Link | undefined {
    return replyTo === undefined ? undefined : this.#byConnection.get(connection)?.get(replyTo);
  }
}

/** `committed` calls back when everything changed so far is durable. */
type Committed = (then: () => void) => void;

/** Serves one request, whose encoded message this is. `queue` is undefined for `$cbs`. */
export function serveRequest(
  bytes: Buffer,
  queue: Queue | undefined,
  reply: Reply,
  committed: Committed,
): void {
  const request = rhea.message.decode(bytes) as RequestMessage;
  const link = reply.links.find(reply.connection, request.reply_to);
  if (!link) return;
  const send = (properties: Body, body: unknown) =>
    committed(() => {
      if (!link.is_open()) return;
      const { message_id: correlation_id, reply_to: to } = request;
      link.send({ correlation_id, to, body, application_properties: properties });
    });
  if (!queue) return answerToken(request, send);
  const properties = request.application_properties ?? {};
  const linkName = properties['associated-link-name'];
  try {
    const body = manage(String(properties['operation']), {
      queue,
      body: (request.body ?? {}) as Body,
      linkName: typeof linkName === 'string' ? linkName : undefined,
    });
    send({ statusCode: body ? 200 : 204, statusDescription: 'OK' }, body ?? null);
  } catch (error) {
    if (error instanceof Unanswered) return error.carryOut(reply.connection, committed);
    const { condition, message } = asBrokerError(error);
    send(
      { statusCode: STATUS[condition] ?? 400, statusDescription: message, errorCondition: condition },
      null,
    );
  }
}

interface Reply {
  readonly links: ReplyLinks;
  readonly connection: Connection;
}

/** Every token is accepted: the broker listens on the loopback interface and knows no keys. */
function answerToken(request: RequestMessage, send: (properties: Body, body: unknown) => void): void {
  const operation = request.application_properties?.['operation'];
  if (operation === 'put-token') send({ 'status-code': 202, 'status-description': 'Accepted' }, null);
  else send({ 'status-code': 400, 'status-description': `Unknown operation ${String(operation)}` }, null);
}

// The SDK goes by the condition; the status is what HTTP would say.
const STATUS: Partial<Record<Condition, number>> = {
  'amqp:not-found': 404,
  'com.microsoft:message-not-found': 404,
  'com.microsoft:message-lock-lost': 410,
  'com.microsoft:session-lock-lost': 410,
  'amqp:internal-error': 500,
  'amqp:not-implemented': 501,
};
