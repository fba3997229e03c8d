/** Peeks at dead letters: neither locks nor removes them. */
import type { ServiceBusClient, ServiceBusReceiver } from '@azure/service-bus';
import { QUEUES, type QueueName } from '@github-repo-stats/shared/topology';
import type { DeadLetter, Position } from './dead-letters.ts';

/** Letters per peek. */
const PAGE = 100;

export function deadLetterPeeker(
  client: ServiceBusClient,
): (queue: QueueName, from: Position | undefined) => Promise<DeadLetter[]> {
  const receivers = new Map<QueueName, ServiceBusReceiver>();
  return async (queue, from) => {
    let receiver = receivers.get(queue);
    if (!receiver) {
      receiver = client.createReceiver(QUEUES[queue].name, {
        subQueueType: 'deadLetter',
        receiveMode: 'peekLock',
      });
      receivers.set(queue, receiver);
    }
    const letters = await receiver.peekMessages(PAGE, from ? { fromSequenceNumber: from } : {});
    return letters.map((m) => ({
      after: m.sequenceNumber!.add(1),
      messageId: String(m.messageId ?? '(without id)'),
      body: m.body as unknown,
      reason:
        [m.deadLetterReason, m.deadLetterErrorDescription].filter(Boolean).join(': ') || 'dead-lettered',
    }));
  };
}
