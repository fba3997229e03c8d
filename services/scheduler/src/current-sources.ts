/** The sources that runs collect unless they bring their own: those stored by PUT /api/sources, else those shipped with the app. */
import type { Container } from '@azure/cosmos';
import { readSourcesObject, type SourcesProblem } from '@github-repo-stats/shared/sources';
import type { Selection } from '@github-repo-stats/shared/documents';
import { readDocument } from '@github-repo-stats/shared/run-info';

interface StoredSources {
  id: 'sources';
  runId: 'sources';
  type: 'sources';
  sources: unknown;
  storedAt: string;
}
const ID = 'sources';

/** The sources in the form of sources.json. @param shipped those that hold while none were stored. */
export async function currentSources(runInfo: Container, shipped: unknown): Promise<unknown> {
  const stored = await readDocument<StoredSources>(runInfo, ID, ID);
  return stored ? stored.document.sources : shipped;
}

/** Stores sources that win over the shipped ones from the next run on; checked before. */
export async function storeSources(runInfo: Container, sources: unknown, now: Date): Promise<void> {
  const document: StoredSources = {
    id: ID,
    runId: ID,
    type: 'sources',
    sources,
    storedAt: now.toISOString(),
  };
  await runInfo.items.upsert(document);
}

export class SourcesError extends Error {
  readonly code = 'sources';
  readonly problems: readonly SourcesProblem[];
  constructor(problems: readonly SourcesProblem[]) {
    super('The sources cannot be used');
    this.problems = problems;
  }
}

/** @throws SourcesError with every problem. */
export function selectionOf(sources: unknown): Selection {
  const read = readSourcesObject(sources);
  if ('problems' in read) throw new SourcesError(read.problems);
  return read.selection;
}
