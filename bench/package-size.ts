/** How large the package of an app is that is deployed: the files that the infrastructure packs, as one zip. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import type { BuiltService } from '@github-repo-stats/local/build/services';

/** Bytes that a zip has beside the content: headers of each file, with its name twice, and the end. */
const HEADERS = 30 + 16 + 46;
const END = 22;

export interface PackageSize {
  /** Bytes. */
  files: number;
  zipped: number;
}

export function packageSize({ folder, files }: Pick<BuiltService, 'folder' | 'files'>): PackageSize {
  const contents = files.map((file) => ({ file, content: readFileSync(join(folder, file)) }));
  const sum = (sizes: number[]): number => sizes.reduce((a, b) => a + b, 0);
  return {
    files: sum(contents.map(({ content }) => content.length)),
    zipped:
      END +
      sum(contents.map(({ file, content }) => HEADERS + 2 * file.length + deflateRawSync(content).length)),
  };
}
