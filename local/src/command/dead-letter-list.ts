/** Reads the list of dead letters page by page, and shows each in a line or two. */
import type { ShownLetter } from '@github-repo-stats/shared/shown-letter';
import type { CallApi } from './scheduler-api.ts';

/** What an older or newer app leaves out or adds is no matter. */
type Letter = Omit<ShownLetter, 'queue'>;
export interface QueueLetters {
  queue: string;
  letters: Letter[];
}
type Page = QueueLetters & { next?: string };

/** Every queue with all of its letters, oldest first. */
export async function* allLetters(call: CallApi): AsyncGenerator<QueueLetters> {
  const { queues } = (await call('GET', 'deadletters')) as { queues: Page[] };
  for (const { queue, letters, next } of queues) {
    const all = [...letters];
    for (let from = next; from !== undefined;) {
      const query = new URLSearchParams({ queue, from });
      const [page] = ((await call('GET', `deadletters?${query.toString()}`)) as { queues: Page[] }).queues;
      all.push(...(page?.letters ?? []));
      from = page?.next;
    }
    yield { queue, letters: all };
  }
}

/** Texts of messages were written by anybody: without what would steer a terminal. */
// oxlint-disable-next-line no-control-regex
export const printable = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');

/** `  7  2026-01-05T00:00:09Z  run 1611127298, batch b-s00001-00002-1, 65 repositories` and why. */
export function letterText(letter: Letter): string {
  const { sequenceNumber, enqueuedAt, messageId, runId, sourceId, page, batchId, attempt, repositories } =
    letter;
  const about = [
    runId !== undefined && `run ${runId}`,
    sourceId !== undefined && `source ${sourceId}`,
    page !== undefined && `page ${page}`,
    batchId !== undefined && `batch ${batchId}`,
    attempt !== undefined && `attempt ${attempt}`,
    repositories !== undefined && `repositories ${repositories}`,
  ].filter((part) => part !== false);
  const head = [sequenceNumber, enqueuedAt, about.join(', ') || `message ${messageId}`]
    .filter(Boolean)
    .join('  ');
  return `  ${printable(head)}\n      ${printable(letter.problem ?? letter.reason)}`;
}
