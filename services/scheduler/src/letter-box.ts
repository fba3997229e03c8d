/** The dead letters of a queue: looked at without a lock, or taken out one by one. */
import type { ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';
import Long from 'long';
import type { ServiceBus } from '@github-repo-stats/shared/clients/service-bus';
import { ALL_QUEUES, type AnyQueueName } from '@github-repo-stats/shared/topology';

/** A sequence number, as the SDK holds it. */
export type Position = NonNullable<ServiceBusReceivedMessage['sequenceNumber']>;

export interface DeadLetter {
  /** Its number in the dead-letter queue, in digits: names it for as long as it lies there. */
  sequenceNumber: string;
  /** Where the next look begins. */
  after: Position;
  messageId: string;
  /** When it was put into its queue, ISO 8601; absent when the broker does not say. */
  enqueuedAt: string | undefined;
  body: unknown;
  reason: string;
}

export interface LetterBox {
  /** Up to 100, oldest first, neither locked nor removed. @param from a sequence number; the oldest when absent. */
  peek: (queue: AnyQueueName, from: Position | undefined) => Promise<DeadLetter[]>;
  /**
   * Hands over every letter that can be had, oldest first, each under a lock, until none is left or `decide` says stop. What is to be
   * removed is removed; the others are given back.
   */
  take: (
    queue: AnyQueueName,
    decide: (letter: DeadLetter) => Promise<'remove' | 'keep' | 'stop'>,
  ) => Promise<void>;
}

/** Letters per peek, and under lock at a time: few enough that each is dealt with before its lock expires. */
const PEEKED = 100;
const LOCKED = 10;
/** How long the broker is waited for when nothing comes: then there is none, or all are locked by somebody else. */
const EMPTY_MS = 1_000;

const letterOf = (m: ServiceBusReceivedMessage): DeadLetter => ({
  sequenceNumber: m.sequenceNumber!.toString(),
  after: m.sequenceNumber!.add(1),
  messageId: String(m.messageId ?? '(without id)'),
  enqueuedAt: m.enqueuedTimeUtc?.toISOString(),
  body: m.body as unknown,
  reason: [m.deadLetterReason, m.deadLetterErrorDescription].filter(Boolean).join(': ') || 'dead-lettered',
});

export const letterBox = (serviceBus: ServiceBus): LetterBox => {
  const open = <T>(queue: AnyQueueName, work: (receiver: ServiceBusReceiver) => Promise<T>): Promise<T> =>
    serviceBus.use(async (client) => {
      const receiver = client.createReceiver(ALL_QUEUES[queue].name, { subQueueType: 'deadLetter' });
      try {
        return await work(receiver);
      } finally {
        await receiver.close();
      }
    });
  return {
    peek: (queue, from) =>
      open(queue, async (receiver) => {
        // Always said: without it the SDK goes on from where the last peek of this client ended.
        const letters = await receiver.peekMessages(PEEKED, { fromSequenceNumber: from ?? Long.ZERO });
        return letters.map(letterOf);
      }),
    take: (queue, decide) =>
      open(queue, async (receiver) => {
        const kept = new Map<string, ServiceBusReceivedMessage>();
        try {
          for (;;) {
            const messages = await receiver.receiveMessages(LOCKED, { maxWaitTimeInMs: EMPTY_MS });
            let goOn = messages.length > 0;
            for (const message of messages) {
              const letter = letterOf(message);
              // Come round again: the locks of those that are kept have expired.
              const decision = goOn && !kept.has(letter.sequenceNumber) ? await decide(letter) : 'stop';
              if (decision === 'remove') await receiver.completeMessage(message);
              else kept.set(letter.sequenceNumber, message);
              goOn &&= decision !== 'stop';
            }
            if (!goOn) return;
          }
        } finally {
          await Promise.allSettled([...kept.values()].map((m) => receiver.abandonMessage(m)));
        }
      }),
  };
};
