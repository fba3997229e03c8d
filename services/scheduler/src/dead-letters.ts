/**
 * Looks through the dead letters of a queue and settles what they were about. For each it ends in one of these ways:
 * - a page of a source: the source fails by name;
 * - a batch: its names of this attempt that are not settled fail, with the reason read out of the message again;
 * - of no known run or batch: nothing can be settled.
 * The message stays where it is, for people to look at; a letter is looked at once per process.
 */
import type { ServiceBusReceivedMessage } from '@azure/service-bus';
import { errorFields, type Log } from '@github-repo-stats/shared/log';
import {
  ResolveSource,
  WriteStats,
  batchOfBody,
  parseFetchBatch,
  parseMessage,
  runIdOfBody,
} from '@github-repo-stats/shared/messages';
import type { FailureReason } from '@github-repo-stats/shared/reasons';
import { contextOfWork } from '@github-repo-stats/shared/telemetry/run-trace';
import { inSpan } from '@github-repo-stats/shared/telemetry/spans';
import type { QueueName } from '@github-repo-stats/shared/topology';

/** A sequence number, as the SDK holds it. */
export type Position = NonNullable<ServiceBusReceivedMessage['sequenceNumber']>;

/** A dead letter as it is peeked: neither locked nor removed. */
export interface DeadLetter {
  /** Where the next look begins. */
  after: Position;
  messageId: string;
  body: unknown;
  reason: string;
}

export interface DeadLetterDeps {
  peek(queue: QueueName, from: Position | undefined): Promise<DeadLetter[]>;
  failSource(m: ResolveSource, why: { reason: FailureReason; detail: string }): Promise<void>;
  failBatch(
    batch: { runId: string; batchId: string },
    names: readonly string[] | undefined,
    attempt: number | undefined,
    why: { reason: FailureReason; detail: string },
  ): Promise<number>;
  /** From which sequence number on each queue is to be looked at. */
  positions: Map<QueueName, Position>;
  log: Log;
  /** The host's own trace of this sweep. */
  link?: string | undefined;
}

export async function settleDeadLetters(queue: QueueName, deps: DeadLetterDeps): Promise<number> {
  let looked = 0;
  for (;;) {
    const letters = await deps.peek(queue, deps.positions.get(queue));
    for (const letter of letters) {
      const runId = runIdOfBody(letter.body);
      const about = { queue, ...(runId !== undefined && { runId }) };
      const within = contextOfWork(runId, undefined);
      const options = { kind: 'server' as const, within, link: deps.link, attributes: about };
      await inSpan('settle dead letter', options, () => settleOne(queue, letter, deps));
      deps.positions.set(queue, letter.after);
      looked++;
    }
    if (letters.length === 0) return looked;
  }
}

async function settleOne(queue: QueueName, letter: DeadLetter, deps: DeadLetterDeps): Promise<void> {
  const { messageId, body } = letter;
  try {
    if (queue === 'resolve') {
      const message = parseMessage(ResolveSource, body, messageId);
      const why = { reason: 'delivery-exhausted' as const, detail: letter.reason };
      await deps.failSource(message, why);
    } else {
      const message =
        queue === 'fetch' ? parseFetchBatch(body, messageId) : parseMessage(WriteStats, body, messageId);
      const attempt = 'attempt' in message ? message.attempt : undefined;
      await deps.failBatch(message, namesOf(message), attempt, {
        reason: 'delivery-exhausted',
        detail: letter.reason,
      });
    }
    deps.log('warn', 'dead letter', { queue, messageId, reason: letter.reason });
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'unreadable-message') throw error;
    const batch = batchOfBody(body);
    const why = { reason: 'unreadable-message' as const, detail: (error as Error).message };
    const settled = batch ? await deps.failBatch(batch, undefined, undefined, why) : 0;
    deps.log('warn', 'dead letter that cannot be understood', {
      queue,
      messageId,
      settled,
      ...errorFields(error),
    });
  }
}

type BatchMessage = ReturnType<typeof parseFetchBatch> | WriteStats;

function namesOf(message: BatchMessage): string[] | undefined {
  if ('stats' in message) return [...message.stats, ...message.failures].map((s) => s.name);
  const repos = (message.repos ?? []).map((r) => r.nameWithOwner);
  // Dropped by hand: names as texts or as repos; neither means the whole batch.
  const names = 'attempt' in message ? repos : [...(message.names ?? []), ...repos];
  return names.length > 0 ? names : undefined;
}
