/** Which services there are: every workspace under services/, read from the root package.json and never listed twice. */
import { globSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

/** The repository root, from where this file lies. */
export const ROOT = resolve(import.meta.dirname, '../../..');

export interface ServiceFolder {
  /** Folder name: scheduler, resolver, … */
  name: string;
  folder: string;
  manifest: {
    name: string;
    version: string;
    /** Files that lie beside its bundle, by the name that they have there; paths from its folder. */
    ships?: Record<string, string>;
    /** The folder of the page that it serves, from its own; it is built into one file beside its bundle. */
    page?: string;
  };
}

/** In alphabetical order. */
export function serviceFolders(root: string = ROOT): ServiceFolder[] {
  const { workspaces } = readManifest(root) as { workspaces: string[] };
  return workspaces
    .filter((pattern) => pattern.startsWith('services/'))
    .flatMap((pattern) => globSync(`${pattern}/package.json`, { cwd: root }))
    .sort()
    .map((file) => {
      const folder = join(root, file, '..');
      return { name: basename(folder), folder, manifest: readManifest(folder) as ServiceFolder['manifest'] };
    });
}

const readManifest = (folder: string): unknown =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
