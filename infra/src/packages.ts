/** The deployment packages: builds the bundles, and names each package by what is in it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { buildServices, type BuiltService } from '../../local/src/build/services.ts';
import * as pulumi from '@pulumi/pulumi';
import { SERVICES, type ServiceName } from './services.ts';

export interface Package {
  /** SHA-256 of names and contents, in hex: the same for the same code, wherever it was built. */
  hash: string;
  archive: pulumi.asset.AssetArchive;
}

/**
 * @param built an app as it was built.
 * @param given files that the deployer has in the place of those that came with the code, by name.
 */
export function packageOf(
  { folder, files }: Pick<BuiltService, 'folder' | 'files'>,
  given: Readonly<Record<string, string>> = {},
): Package {
  const hash = createHash('sha256');
  const entries = files.map((file) => {
    const path = given[file] ?? join(folder, file);
    const content = readFileSync(path);
    hash.update(`${file} ${content.length}\n`).update(content);
    // Relative, so that the stack's state is the same whoever deploys.
    return [file, new pulumi.asset.FileAsset(relative(process.cwd(), path))] as const;
  });
  return { hash: hash.digest('hex'), archive: new pulumi.asset.AssetArchive(Object.fromEntries(entries)) };
}

/**
 * Builds what changed and packs everything, so that no build step can be forgotten.
 * @param sourcesFile what the scheduler ships as sources.json.
 * @throws BuildError naming file and line.
 */
export async function buildPackages(sourcesFile: string): Promise<Record<ServiceName, Package>> {
  const built = new Map((await buildServices()).map((service) => [service.name, service]));
  const given = { 'sources.json': sourcesFile };
  return Object.fromEntries(
    SERVICES.map((service) => [service, packageOf(built.get(service)!, given)]),
  ) as Record<ServiceName, Package>;
}
