/**
 * The parts of rhea 3.0.5 that the broker reads or replaces, typed. rhea's own typings leave its internals out; the
 * version is pinned exactly, because these are not its public interface.
 */
import type { EventEmitter } from 'node:events';
import type { Server, Socket } from 'node:net';
import rhea from 'rhea';
import type { DeliveryState, Outcome } from './disposition.ts';

export interface AmqpError {
  readonly condition: string;
  readonly description: string;
}

export interface Terminus {
  readonly address?: string | undefined;
  readonly filter?: Record<string, unknown> | undefined;
}

interface Attach {
  source?: Terminus | null | undefined;
  target?: Terminus | null | undefined;
  snd_settle_mode?: number;
  rcv_settle_mode?: number;
  max_message_size?: number;
  properties?: Record<string, unknown> | undefined;
}

export interface Delivery {
  readonly id: number;
  readonly tag: Buffer;
  readonly link: Link;
  readonly remote_state: Outcome;
  settled: boolean;
  remote_settled: boolean;
  update(settled: boolean, state: DeliveryState): void;
  accept(): void;
  reject(error: AmqpError): void;
}

/** What rhea asks of the collection of unsettled outgoing deliveries. */
export interface Deliveries {
  readonly size: number;
  available(): number;
  push(delivery: Delivery): void;
  by_id(id: number): Delivery | undefined;
  pop_if(isDone: (delivery: Delivery) => boolean): void;
}

export interface Outgoing {
  deliveries: Deliveries;
  /** The id the next delivery gets; those from next_pending_delivery on are not written yet. */
  readonly next_delivery_id: number;
  readonly next_pending_delivery: number;
  readonly pending_dispositions: object[];
  on_disposition(fields: DispositionFields): void;
}

export interface DispositionFields {
  readonly first: number;
  readonly last?: number;
  readonly settled?: boolean;
}

interface TransferFrame {
  readonly performative: { message_format?: number };
}

export interface Session {
  readonly connection: Connection;
  readonly outgoing: Outgoing;
  readonly incoming: { on_transfer(frame: TransferFrame, receiver: Link): void };
  output(frame: object): void;
  _write_flow(link?: Link): void;
}

export interface Connection extends EventEmitter {
  readonly socket: Socket;
  _register(): void;
}

/** Both ends of a link: rhea's Sender (a client receives) and Receiver (a client sends). */
export interface Link {
  readonly name: string;
  readonly session: Session;
  readonly connection: Connection;
  readonly remote: { readonly attach: Attach };
  readonly local: { readonly attach: Attach };
  readonly state: { local_open: boolean; open_requests: number };
  credit: number;
  delivery_count: number;
  issue_flow: boolean;
  _draining: boolean;
  _get_drain(): boolean;
  is_open(): boolean;
  is_sender(): boolean;
  open(): void;
  close(error?: AmqpError): void;
  set_source(fields: Terminus): void;
  set_target(fields: Terminus): void;
  send(message: object, tag?: Buffer, format?: number): Delivery;
}

export interface EventContext {
  readonly connection: Connection;
  readonly session: Session;
  readonly sender: Link;
  readonly receiver: Link;
  readonly delivery: Delivery;
  readonly message: Buffer;
  readonly format: number;
  readonly error?: Error;
}

export interface Container {
  readonly sasl_server_mechanisms: { enable_anonymous(): void; ANONYMOUS?: unknown; MSSBCBS?: unknown };
  on(event: string, listener: (context: EventContext) => void): void;
  listen(options: object): Server;
}

export function createContainer(id: string): Container {
  return rhea.create_container({ id }) as unknown as Container;
}
