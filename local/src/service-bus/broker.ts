/** Speaks AMQP with the clients: what arrives on connections and links goes to the queues, and answers go back. */
import type { Server, Socket } from 'node:net';
import { Unanswered } from './broker-faults.ts';
import type { ConsumerLink } from './consumer-link.ts';
import type { OutcomeName } from './disposition.ts';
import { readTransfer } from './envelope.ts';
import { asBrokerError, BrokerError, sizeExceeded } from './errors.ts';
import type { Queue } from './queue.ts';
import type { Queues } from './queues.ts';
import { attachReceiver, refuseLink, type AttachedReceiver } from './receiver-attach.ts';
import { ReplyLinks, serveRequest } from './requests.ts';
import { createContainer, type Container, type EventContext, type Link } from './rhea-internals.ts';
import { adaptSession } from './rhea-session.ts';

/** What a link may carry: a batch of messages. https://learn.microsoft.com/azure/service-bus-messaging/service-bus-quotas */
export const MAX_TRANSFER_BYTES = 1024 * 1024;

const MANAGEMENT = /\/\$management$/i;
const CBS = '$cbs';

/** Where a client's sender leads: requests to a queue or, without one, to `$cbs`; or messages into a queue. */
type Target =
  | { readonly kind: 'requests'; readonly queue: Queue | undefined }
  | { readonly kind: 'messages'; readonly queue: Queue };

interface Options {
  readonly queues: Queues;
  /** Calls back when everything changed so far is durable. */
  readonly committed: (then: () => void) => void;
  /** Told of broken connections and protocol errors. */
  readonly onError: (error: unknown) => void;
}

/** Serves connections until its sockets are destroyed; holds nothing that must survive them. */
export class Broker {
  readonly container: Container = createContainer('service-bus');
  readonly #options: Options;
  readonly #targets = new Map<Link, Target>();
  readonly #receivers = new Map<Link, AttachedReceiver>();
  readonly #replies = new ReplyLinks();

  constructor(options: Options) {
    this.#options = options;
    const { container } = this;
    const mechanisms = container.sasl_server_mechanisms;
    mechanisms.enable_anonymous();
    // what the .NET client asks for, with the same (empty) exchange
    mechanisms.MSSBCBS = mechanisms.ANONYMOUS;
    container.on('session_open', ({ session }) => adaptSession(session));
    container.on('receiver_open', ({ receiver }) => this.#onSender(receiver));
    container.on('sender_open', ({ sender }) => this.#onReceiver(sender));
    container.on('message', (context) => this.#onTransfer(context));
    container.on('sender_flow', ({ sender }) => this.#consumer(sender)?.onFlow());
    for (const name of ['accepted', 'rejected', 'released', 'modified'] satisfies OutcomeName[]) {
      container.on(name, ({ sender, delivery }) => {
        this.#consumer(sender)?.onOutcome(name, delivery, this.#options.committed);
      });
    }
    container.on('sender_close', ({ sender }) => this.#drop(sender));
    container.on('receiver_close', ({ receiver }) => this.#drop(receiver));
    container.on('session_close', ({ session }) => this.#dropAll((link) => link.session === session));
    for (const [event, broken] of [
      ['connection_close', false],
      ['disconnected', true],
    ] as const) {
      container.on(event, ({ connection }) =>
        this.#dropAll((link) => link.connection === connection, broken),
      );
    }
    // without a listener rhea throws these out of the event loop
    for (const event of ['connection_error', 'session_error', 'sender_error', 'receiver_error']) {
      container.on(event, () => {});
    }
    for (const event of ['error', 'protocol_error']) {
      container.on(event, (error: unknown) => this.#options.onError(error));
    }
  }

  listen(port: number, host: string): Server {
    return this.container.listen({
      port,
      host,
      tcp_no_delay: true,
      session_buffer_size: 8192,
      receiver_options: { autoaccept: false, credit_window: 500, max_message_size: MAX_TRANSFER_BYTES },
      sender_options: { treat_modified_as_released: false },
    });
  }

  /** Of the connections that have a link to or from this queue. */
  socketsOf(name: string): Set<Socket> {
    const links = [
      ...[...this.#targets].flatMap(([link, { queue }]) => (queue?.name === name ? [link] : [])),
      ...[...this.#receivers].flatMap(([link, { consumer }]) => (consumer.queue.name === name ? [link] : [])),
    ];
    return new Set(links.map((link) => link.connection.socket));
  }

  #consumer(link: Link): ConsumerLink | undefined {
    return this.#receivers.get(link)?.consumer;
  }

  /** A client opened a sender. */
  #onSender(link: Link): void {
    const { source, target } = link.remote.attach;
    link.set_source({ address: source?.address });
    link.set_target({ address: target?.address });
    try {
      if (!target) throw new BrokerError('amqp:not-implemented', 'Transactions are not supported.');
      this.#targets.set(link, this.#target(target.address ?? '', link.remote.attach.properties));
    } catch (error) {
      refuseLink(link, error);
    }
  }

  #target(address: string, properties: Record<string, unknown> | undefined): Target {
    if (properties && 'com.microsoft:transfer-destination-address' in properties) {
      throw new BrokerError('amqp:not-implemented', 'Sending via another entity is not supported.');
    }
    const { queues } = this.#options;
    if (address === CBS) return { kind: 'requests', queue: undefined };
    if (MANAGEMENT.test(address))
      return { kind: 'requests', queue: queues.find(address.replace(MANAGEMENT, '')) };
    const queue = queues.find(address);
    if (queue.deadLetterQueue) return { kind: 'messages', queue };
    throw new BrokerError('amqp:not-allowed', `Cannot send to the dead-letter queue '${address}'.`);
  }

  /** A client opened a receiver. */
  #onReceiver(link: Link): void {
    const { source, target } = link.remote.attach;
    const address = source?.address ?? '';
    link.set_source({ address });
    link.set_target({ address: target?.address });
    try {
      if (MANAGEMENT.test(address)) this.#options.queues.find(address.replace(MANAGEMENT, ''));
      if (address === CBS || MANAGEMENT.test(address)) this.#replies.add(link);
      else this.#receivers.set(link, attachReceiver(link, this.#options.queues.find(address)));
    } catch (error) {
      refuseLink(link, error);
    }
  }

  #onTransfer({ receiver, message: bytes, delivery, format, connection }: EventContext): void {
    const target = this.#targets.get(receiver);
    const { committed } = this.#options;
    try {
      if (!target) throw new BrokerError('amqp:not-allowed', 'This link was refused.');
      if (bytes.length > MAX_TRANSFER_BYTES) throw sizeExceeded(bytes.length, MAX_TRANSFER_BYTES);
      if (target.kind === 'requests') {
        delivery.accept();
        serveRequest(bytes, target.queue, { links: this.#replies, connection }, committed);
      } else {
        target.queue.enqueue(readTransfer(bytes, format));
        committed(() => delivery.accept());
      }
    } catch (error) {
      if (error instanceof Unanswered) return error.carryOut(connection, committed);
      const { condition, message } = asBrokerError(error);
      delivery.reject({ condition, description: message });
    }
  }

  /** Not by rhea's own list of links: it has lost those whose attach is held back when the connection breaks. */
  #dropAll(gone: (link: Link) => boolean, broken = false): void {
    for (const link of [...this.#receivers.keys(), ...this.#targets.keys()])
      if (gone(link)) this.#drop(link, broken);
  }

  /** The link is gone, by itself or with its session or connection. */
  #drop(link: Link, broken = false): void {
    this.#replies.remove(link);
    this.#receivers.get(link)?.leave(broken);
    this.#receivers.delete(link);
    this.#targets.delete(link);
  }
}
