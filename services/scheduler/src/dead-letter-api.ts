/** The HTTP API of dead letters: list them, send them back to work, discard one. */
import type { HttpRequest } from '@azure/functions';
import type { ShownLetter } from '@github-repo-stats/shared/shown-letter';
import type { AnyQueueName } from '@github-repo-stats/shared/topology';
import Long from 'long';
import * as z from 'zod';
import { RequestProblem, answering, bodyOf, json, parsed } from './http.ts';
import { discardLetter } from './discard-letter.ts';
import { shownLetter } from './letter-content.ts';
import { letterQueueNames, sendBack, type SendBackDeps } from './send-back.ts';

/** Digits within 63 bits: more would wrap around, and begin somewhere else. */
const isSequenceNumber = (text: string): boolean =>
  /^\d{1,19}$/.test(text) && BigInt(text) <= 9_223_372_036_854_775_807n;
const SendBackRequest = z.strictObject({
  sequenceNumbers: z
    .array(z.string().refine(isSequenceNumber, 'is not a sequence number'))
    .min(1)
    .max(500)
    .optional(),
});

function queueNamed(given: string | null | undefined, names: readonly AnyQueueName[]): AnyQueueName {
  const queue = names.find((name) => name === given);
  if (!queue)
    throw new RequestProblem(
      404,
      `There is no queue ${String(given).slice(0, 40)}, only ${names.join(', ')}`,
    );
  return queue;
}

function positionIn(request: HttpRequest): Long | undefined {
  const from = request.query.get('from');
  if (from === null) return undefined;
  if (!isSequenceNumber(from)) throw new RequestProblem(400, 'from is not a sequence number');
  return Long.fromString(from);
}

export const deadLetterApi = (deps: SendBackDeps, names = letterQueueNames(deps.queues)) => ({
  /**
   * GET deadletters → the oldest of each queue, up to 100 each; ?queue= for one of them, ?from= for those from a sequence number on.
   * `next`: from where to go on; absent when these are all.
   */
  listDeadLetters: answering(async (request) => {
    const only = request.query.get('queue');
    const from = positionIn(request);
    if (from && only === null)
      throw new RequestProblem(400, 'from needs a queue: sequence numbers are per queue');
    const queues: { queue: AnyQueueName; letters: ShownLetter[]; next?: string }[] = [];
    for (const queue of only === null ? names : [queueNamed(only, names)]) {
      const letters = await deps.letters.peek(queue, from);
      const last = letters.at(-1);
      const more = last && (await deps.letters.peek(queue, last.after)).length > 0;
      queues.push({
        queue,
        letters: letters.map((letter) => shownLetter(queue, letter)),
        ...(more && { next: last.after.toString() }),
      });
    }
    return json(200, { queues });
  }),

  /** POST deadletters/{queue}/resubmit → 200. Body {"sequenceNumbers": […]} sends those back; else all, up to a number per request. */
  resubmitDeadLetters: answering(async (request, log, link) => {
    const queue = queueNamed(request.params['queue'], names);
    const { sequenceNumbers } = parsed(SendBackRequest, await bodyOf(request));
    const result = await sendBack(queue, sequenceNumbers, { ...deps, link });
    const { sent, settled, left } = result;
    log('info', 'dead letters sent back', { queue, sent, settled, left: left.length });
    return json(200, result);
  }),

  /** DELETE deadletters/{queue}/{sequenceNumber} → 204; what the letter was about stays settled as it is. */
  discardDeadLetter: answering(async (request, log) => {
    const queue = queueNamed(request.params['queue'], names);
    const { sequenceNumber = '' } = request.params;
    if (!isSequenceNumber(sequenceNumber))
      throw new RequestProblem(400, `${sequenceNumber.slice(0, 40)} is not a sequence number`);
    const messageId = await discardLetter(queue, sequenceNumber, deps.letters.take);
    if (messageId === undefined)
      throw new RequestProblem(
        404,
        `There is no dead letter ${sequenceNumber.slice(0, 20)} in ${queue} that can be had now`,
      );
    log('warn', 'dead letter discarded', { queue, messageId });
    return { status: 204 };
  }),
});
