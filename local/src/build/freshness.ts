/** Remembers what a bundle was built from, so that nothing is built twice. */
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

async function fingerprint(paths: readonly string[]): Promise<Fingerprint> {
  const entries = await Promise.all(
    paths.map(async (path) => {
      const { size, mtimeMs } = await stat(path);
      return [path, `${size}:${mtimeMs}`] as const;
    }),
  );
  return Object.fromEntries(entries);
}

const unchanged = async (known: Fingerprint): Promise<boolean> => {
  try {
    const now = await fingerprint(Object.keys(known));
    return Object.entries(known).every(([path, mark]) => now[path] === mark);
  } catch {
    return false;
  }
};

/** True when the record at `recordPath` holds the recipe, and neither inputs nor outputs changed since. */
export async function isFresh(recordPath: string, recipe: string): Promise<boolean> {
  let record: BuildRecord;
  try {
    record = JSON.parse(await readFile(recordPath, 'utf8')) as BuildRecord;
  } catch {
    return false;
  }
  return record.recipe === recipe && (await unchanged(record.outputs)) && (await unchanged(record.inputs));
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
    inputs: await fingerprint(build.inputs),
    outputs: await fingerprint(build.outputs),
  };
  await mkdir(dirname(recordPath), { recursive: true });
  await writeFile(recordPath, JSON.stringify(record));
}
