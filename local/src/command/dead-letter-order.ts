/** What `deadletters` is asked to do, read from the words behind it. */
import { ALL_QUEUES, type AnyQueueName } from '@github-repo-stats/shared/topology';

export type DeadLetterOrder =
  | { kind: 'list' }
  /** Numbers: which letters of the queue; all without. */
  | { kind: 'resubmit'; queue: AnyQueueName; numbers?: string[] }
  | { kind: 'discard'; queue: AnyQueueName; number: string };

/** As the API counts letters: digits, up to 19. */
const NUMBER = /^\d{1,19}$/;
/** Whether there is that of the archive, the app says. */
const names = Object.keys(ALL_QUEUES) as AnyQueueName[];
const ACTIONS = ['list', 'resubmit', 'discard'] as const;

/** What a call of the API may name at a time. */
const MOST_NUMBERS = 500;

/** @param numbers the value of --numbers. @returns the order, or every problem. */
export function readDeadLetterOrder(
  words: readonly string[],
  numbers: string | undefined,
): DeadLetterOrder | { problems: string[] } {
  const [given = 'list', queueGiven, ...rest] = words;
  const action = ACTIONS.find((a) => a === given);
  if (!action) return { problems: [`${given}: is none of ${ACTIONS.join(', ')}`] };
  const problems: string[] = [];
  if (numbers !== undefined && action !== 'resubmit')
    problems.push(`--numbers ${numbers}: is for resubmit alone`);
  if (action === 'list') {
    for (const word of words.slice(1)) problems.push(`${word}: is not expected here`);
    return problems.length > 0 ? { problems } : { kind: 'list' };
  }
  const queue = names.find((name) => name === queueGiven);
  if (queueGiven === undefined) problems.push(`${action}: needs a queue (${names.join(', ')})`);
  else if (!queue) problems.push(`${queueGiven}: is not a queue (${names.join(', ')})`);
  const [number] = rest;
  if (action === 'discard') {
    if (number === undefined) problems.push('discard: needs the number of a letter, as the list shows it');
    else if (!NUMBER.test(number)) problems.push(`${number}: is not the number of a letter`);
  }
  for (const word of rest.slice(action === 'discard' ? 1 : 0)) problems.push(`${word}: is not expected here`);
  const chosen = numbers?.split(',').map((n) => n.trim());
  for (const n of chosen ?? [])
    if (!NUMBER.test(n)) problems.push(`--numbers: ${n || 'an empty one'} is not the number of a letter`);
  if (chosen && chosen.length > MOST_NUMBERS)
    problems.push(`--numbers: names ${chosen.length} letters, more than ${MOST_NUMBERS}`);
  if (problems.length > 0 || !queue) return { problems };
  return action === 'discard'
    ? { kind: 'discard', queue, number: number ?? '' }
    : { kind: 'resubmit', queue, ...(chosen && { numbers: chosen }) };
}
