/** Remembers what a bundle was built from, so that nothing is built twice. */
import { statSync } from 'node:fs';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Size and modification time of each file, by path. */
type Fingerprint = Record<string, string>;

export interface BuildRecord {
  /** Changes when the way of building changes. */
  recipe: string;
  inputs: Fingerprint;
  outputs: Fingerprint;
}

/** The mark of a file as it is now; undefined when there is none. */
export type Look = (path: string) => string | undefined;

/**
 * Looks at each file once, whoever asks and however often: the services are made of much the same files. Synchronous, since a
 * promise for each of thousands of files takes ten times as long as looking.
 */
export function lookOnce(): Look {
  const known = new Map<string, string | undefined>();
  return (path) => {
    if (!known.has(path)) {
      const found = statSync(path, { throwIfNoEntry: false });
      known.set(path, found && `${found.size}:${found.mtimeMs}`);
    }
    return known.get(path);
  };
}

/** @throws when one of them is not there. */
function fingerprint(paths: readonly string[]): Fingerprint {
  const look = lookOnce();
  const marks = paths.map((path) => {
    const mark = look(path);
    if (mark === undefined) throw new Error(`${path} is gone`);
    return [path, mark] as const;
  });
  return Object.fromEntries(marks);
}

const unchanged = (known: Fingerprint, look: Look): boolean =>
  Object.entries(known).every(([path, mark]) => look(path) === mark);

/** True when the record at `recordPath` holds the recipe, and neither inputs nor outputs changed since. */
export async function isFresh(recordPath: string, recipe: string, look: Look): Promise<boolean> {
  let record: BuildRecord;
  try {
    record = JSON.parse(await readFile(recordPath, 'utf8')) as BuildRecord;
  } catch {
    return false;
  }
  return record.recipe === recipe && unchanged(record.outputs, look) && unchanged(record.inputs, look);
}

/**
 * Writes the record of a build that just ended; none when an input was written after it `began` (epoch ms), since then
 * nobody knows which of the two texts was built.
 */
export async function remember(
  recordPath: string,
  build: { recipe: string; began: number; inputs: readonly string[]; outputs: readonly string[] },
): Promise<void> {
  const written = await Promise.all(build.inputs.map(async (path) => (await stat(path)).mtimeMs));
  if (written.some((at) => at >= build.began)) return rm(recordPath, { force: true });
  const record: BuildRecord = {
    recipe: build.recipe,
    inputs: fingerprint(build.inputs),
    outputs: fingerprint(build.outputs),
  };
  await mkdir(dirname(recordPath), { recursive: true });
  await writeFile(recordPath, JSON.stringify(record));
}
