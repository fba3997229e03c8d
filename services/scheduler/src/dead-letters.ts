/**
 * Looks through the dead letters of a queue and settles what they were about. For each it ends in one of these ways:
 * - a page of a source: the source fails by name;
 * - a batch: its names of this attempt that are not settled fail, with the reason read out of the message again;
 * - of no known run or batch: nothing can be settled;
 * - the event of a completed run: nothing has to be, since the archiver's own sweep finds the run.
 * The message stays where it is, for people to look at; a letter is looked at once per process.
 */
import { errorFields, type Log } from '@github-repo-stats/shared/log';
import { batchOfBody, type ResolveSource } from '@github-repo-stats/shared/messages';
import type { FailureReason } from '@github-repo-stats/shared/reasons';
import { contextOfWork } from '@github-repo-stats/shared/telemetry/run-trace';
import { inSpan } from '@github-repo-stats/shared/telemetry/spans';
import type { AnyQueueName } from '@github-repo-stats/shared/topology';
import type { DeadLetter, LetterBox, Position } from './letter-box.ts';
import { contentOf, namesOf, runIdOfLetter } from './letter-content.ts';

export interface DeadLetterDeps {
  peek: LetterBox['peek'];
  failSource(m: ResolveSource, why: { reason: FailureReason; detail: string }): Promise<void>;
  failBatch(
    batch: { runId: string; batchId: string },
    names: readonly string[] | undefined,
    attempt: number | undefined,
    why: { reason: FailureReason; detail: string },
  ): Promise<number>;
  /** From which sequence number on each queue is to be looked at. */
  positions: Map<AnyQueueName, Position>;
  log: Log;
  /** The host's own trace of this sweep. */
  link?: string | undefined;
}

export async function settleDeadLetters(queue: AnyQueueName, deps: DeadLetterDeps): Promise<number> {
  let looked = 0;
  for (;;) {
    const letters = await deps.peek(queue, deps.positions.get(queue));
    for (const letter of letters) {
      const runId = runIdOfLetter(queue, letter);
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

async function settleOne(queue: AnyQueueName, letter: DeadLetter, deps: DeadLetterDeps): Promise<void> {
  const { messageId, body } = letter;
  try {
    const content = contentOf(queue, letter);
    const why = { reason: 'delivery-exhausted' as const, detail: letter.reason };
    if (content.kind === 'page') await deps.failSource(content.message, why);
    else if (content.kind !== 'event') {
      const { message } = content;
      const attempt = 'attempt' in message ? message.attempt : undefined;
      await deps.failBatch(message, namesOf(content), attempt, why);
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
