/** The file of sources that ships with the scheduler: found and checked before anything is deployed. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { problemText, readSources } from '@github-repo-stats/shared/sources';
import { z } from 'zod';

/** Where paths in the configuration start: the folder of Pulumi.yaml. */
const INFRA = join(import.meta.dirname, '..');

/** A path, relative to infra/; becomes an absolute one. Every problem of the file is told, with its line. */
export const sourcesFile = z.string().transform((given, ctx) => {
  const path = resolve(INFRA, given.trim());
  const problem = (message: string): void => ctx.addIssue({ code: 'custom', message });
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    problem(`${given} cannot be read: ${(error as NodeJS.ErrnoException).code}; the path starts at infra/`);
    return z.NEVER;
  }
  const read = readSources(text);
  if ('problems' in read) for (const p of read.problems) problem(`${given}, ${problemText(p)}`);
  return path;
});
