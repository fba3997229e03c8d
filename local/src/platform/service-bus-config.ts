/** The queues in the form of the official Service Bus emulator's Config.json, which drives the embedded broker too. */
import { ARCHIVE_QUEUE, QUEUES, type QueueTopology } from '@github-repo-stats/shared/topology';

/**
 * The official emulator refuses a time to live above an hour; the embedded broker and Azure take the 14 days.
 * Whoever swaps in the official emulator sets PT1H in the committed file.
 */
const queueOf = (queue: QueueTopology, withSessions: boolean) => ({
  Name: queue.name,
  Properties: properties(queue, withSessions),
});

const properties = (queue: QueueTopology, withSessions: boolean) => ({
  DeadLetteringOnMessageExpiration: true,
  DefaultMessageTimeToLive: `P${queue.ttlDays}D`,
  DuplicateDetectionHistoryTimeWindow: 'PT20S',
  ForwardDeadLetteredMessagesTo: '' as const,
  ForwardTo: '' as const,
  LockDuration: queue.lockSeconds % 60 === 0 ? `PT${queue.lockSeconds / 60}M` : `PT${queue.lockSeconds}S`,
  MaxDeliveryCount: queue.maxDeliveryCount,
  RequiresDuplicateDetection: false,
  RequiresSession: withSessions,
});

/** `sbemulatorns` is the only namespace name that the official emulator takes. */
export const serviceBusConfig = () => ({
  UserConfig: {
    Namespaces: [
      {
        Name: 'sbemulatorns',
        Queues: [
          ...Object.values(QUEUES).map((queue) => queueOf(queue, true)),
          queueOf(ARCHIVE_QUEUE, false),
        ],
        Topics: [],
      },
    ],
    Logging: { Type: 'File' },
  },
});
