/** `deadletters`: lists dead letters, sends them back to work, discards one; here or in a deployed app, through the HTTP API. */
import { UserError } from '../platform/user-error.ts';
import type { Arguments } from './arguments.ts';
import type { DeadLetterOrder } from './dead-letter-order.ts';
import { allLetters, letterText, printable, type QueueLetters } from './dead-letter-list.ts';
import { KEY_VARIABLE, schedulerApi, ApiProblem, type CallApi } from './scheduler-api.ts';
import { plural } from './words.ts';

interface SentBack {
  sent: number;
  settled: number;
  left: { sequenceNumber: string; problem: string }[];
  missing: string[];
  more: boolean;
}

/**
 * @param env where the key is looked up.
 * @returns 0; 1 when not all that was asked for could be sent back. @throws UserError for what the user can put right.
 */
export async function deadLetters(
  { api, deadLetters: order, json }: Arguments,
  env: Record<string, string | undefined> = process.env,
): Promise<number> {
  const call = schedulerApi(api, env[KEY_VARIABLE]?.trim() || undefined);
  try {
    return await carryOut(order, call, json);
  } catch (error) {
    if (error instanceof ApiProblem && error.status >= 400 && error.status < 500)
      throw new UserError([error.message]);
    throw error;
  }
}

function carryOut(order: DeadLetterOrder, call: CallApi, json: boolean): Promise<number> {
  switch (order.kind) {
    case 'list':
      return list(call, json);
    case 'resubmit':
      return resubmit(order, call, json);
    case 'discard':
      return discard(order, call, json);
  }
}

async function list(call: CallApi, json: boolean): Promise<number> {
  const queues: QueueLetters[] = [];
  for await (const letters of allLetters(call)) queues.push(letters);
  if (json) console.log(JSON.stringify({ queues }));
  else for (const { queue, letters } of queues) console.log(queueText(queue, letters));
  return 0;
}

const queueText = (queue: string, letters: QueueLetters['letters']): string =>
  [
    `${queue}: ${letters.length === 0 ? 'none' : plural(letters.length, 'dead letter', 'dead letters')}`,
    ...letters.map(letterText),
  ].join('\n');

/** A request deals with a bounded number of letters: it is repeated while there is more, and while that gets anywhere. */
async function resubmit(
  { queue, numbers }: Extract<DeadLetterOrder, { kind: 'resubmit' }>,
  call: CallApi,
  json: boolean,
): Promise<number> {
  const all: SentBack = { sent: 0, settled: 0, left: [], missing: [], more: false };
  for (;;) {
    const now = (await call(
      'POST',
      `deadletters/${queue}/resubmit`,
      numbers && { sequenceNumbers: numbers },
    )) as SentBack;
    all.sent += now.sent;
    all.settled += now.settled;
    // Those that stay are looked at again by each request.
    const { left, missing, more } = now;
    Object.assign(all, { left, missing, more });
    if (!more || now.sent + now.settled === 0) break;
  }
  console.log(json ? JSON.stringify(all) : sentText(queue, all));
  return all.left.length + all.missing.length > 0 || all.more ? 1 : 0;
}

const sentText = (queue: string, { sent, settled, left, missing, more }: SentBack): string =>
  [
    `${queue}: ${plural(sent, 'dead letter', 'dead letters')} sent back`,
    ...(settled > 0
      ? [`  ${settled} removed without: all that they were about was collected, or archived, meanwhile`]
      : []),
    ...left.map(({ sequenceNumber, problem }) => `  ${sequenceNumber} stays: ${printable(problem)}`),
    ...(missing.length > 0 ? [`  not there, or with somebody else now: ${missing.join(', ')}`] : []),
    ...(more
      ? ['  There are more behind those that stay: discard these, or name the others with --numbers.']
      : []),
  ].join('\n');

async function discard(
  { queue, number }: Extract<DeadLetterOrder, { kind: 'discard' }>,
  call: CallApi,
  json: boolean,
): Promise<number> {
  await call('DELETE', `deadletters/${queue}/${number}`);
  console.log(
    json ? JSON.stringify({ queue, discarded: number }) : `${queue}: dead letter ${number} is discarded`,
  );
  return 0;
}
