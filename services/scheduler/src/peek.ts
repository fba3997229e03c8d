/** Peeks at dead letters: neither locks nor removes them. */
import type { ServiceBus } from '@github-repo-stats/shared/clients/service-bus';
import { QUEUES, type QueueName } from '@github-repo-stats/shared/topology';
import type { DeadLetter, Position } from './dead-letters.ts';

/** Letters per peek. */
const PAGE = 100;

export const deadLetterPeeker =
  (serviceBus: ServiceBus) =>
  (queue: QueueName, from: Position | undefined): Promise<DeadLetter[]> =>
    serviceBus.use(async (client) => {
      const receiver = client.createReceiver(QUEUES[queue].name, { subQueueType: 'deadLetter' });
      try {
        const letters = await receiver.peekMessages(PAGE, from ? { fromSequenceNumber: from } : {});
        return letters.map((m) => ({
          after: m.sequenceNumber!.add(1),
          messageId: String(m.messageId ?? '(without id)'),
          body: m.body as unknown,
          reason:
            [m.deadLetterReason, m.deadLetterErrorDescription].filter(Boolean).join(': ') || 'dead-lettered',
        }));
      } finally {
        await receiver.close();
      }
    });
