/** Reads the file of --sources and checks it before anything starts. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Selection } from '@github-repo-stats/shared/documents';
import { problemText, readSources } from '@github-repo-stats/shared/sources';
import type { WorldOptions } from '../github/world-plan.ts';
import { UserError } from '../platform/user-error.ts';

export interface SourcesFile {
  file: string;
  /** The JSON as it stands, which is what a run is asked for with. */
  value: unknown;
  selection: Selection;
  /** Same digest, same sources, however they are laid out. */
  digest: string;
}

/** @throws UserError with every problem and its line. */
export function readSourcesFile(file: string): SourcesFile {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw new UserError([`--sources ${file}: cannot be read: ${(error as Error).message}`]);
  }
  const read = readSources(text);
  if ('problems' in read)
    throw new UserError([`${file} cannot be used:`, ...read.problems.map((p) => `  - ${problemText(p)}`)]);
  const value: unknown = JSON.parse(text);
  const digest = createHash('sha256').update(JSON.stringify(value)).digest('hex');
  return { file, value, selection: read.selection, digest };
}

/** A simulated world in which everything exists that the sources name, excluded repositories included. */
export function worldOf({ owners, repositories }: Selection, size: number, seed: number): WorldOptions {
  const named = owners.flatMap(({ owner, exclude }) =>
    exclude
      .filter((pattern) => !pattern.includes('*'))
      .map((pattern) => (pattern.includes('/') ? pattern : `${owner}/${pattern}`)),
  );
  return {
    seed,
    repositories: size,
    owners: owners.map(({ owner }) => ({ login: owner })),
    individual: repositories,
    named,
  };
}
