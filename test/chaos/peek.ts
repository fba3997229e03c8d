/** Looks at what lies in a queue or among its dead letters, without a lock. */
import type { ServiceBusReceivedMessage, ServiceBusReceiverOptions } from '@azure/service-bus';
import type { ServiceBus } from '@github-repo-stats/shared/clients/service-bus';
import Long from 'long';

const MOST = 100;

/** Up to 100 messages, oldest first, those that are locked or due later included. */
export const peekAll = (
  serviceBus: ServiceBus,
  queue: string,
  of: Pick<ServiceBusReceiverOptions, 'subQueueType'>,
): Promise<ServiceBusReceivedMessage[]> =>
  serviceBus.use(async (client) => {
    const receiver = client.createReceiver(queue, of);
    const messages = await receiver.peekMessages(MOST, { fromSequenceNumber: Long.ZERO });
    await receiver.close();
    return messages;
  });
