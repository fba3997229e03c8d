/** Waits until a run that has ended is archived too, and says what that takes. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Container } from '@azure/cosmos';
import { markId, type ArchiveMark } from '@github-repo-stats/shared/archive/mark';
import type { Run } from '@github-repo-stats/shared/documents';
import { readDocument } from '@github-repo-stats/shared/run-info';
import { count } from './words.ts';

const LOOK_EVERY_MS = 100;
/** How long the archiver may take; whatever is not archived then, a sweep does. */
const PATIENCE_MS = 60_000;

/** @returns a line for people. */
export async function archivedText(runInfo: Container, run: Run, signal: AbortSignal): Promise<string> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const mark = await readDocument<ArchiveMark>(runInfo, markId(run.revision), run.id).catch(
      () => undefined,
    );
    if (mark) return textOf(mark.document);
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
  return 'Not archived yet; npm run serve -- --archive does it.';
}

function textOf({ rows, bytes }: ArchiveMark): string {
  const each = rows > 0 ? `, ${count(bytes / rows)} for each` : '';
  return `Archived: ${count(rows)} repositories in ${count(bytes)} bytes${each}.`;
}
