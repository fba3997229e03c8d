/** The deployment packages: builds the five bundles, and names each package by what is in it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { buildServices } from '../../local/src/build/services.ts';
import * as pulumi from '@pulumi/pulumi';
import { SERVICES, type ServiceName } from './services.ts';

/** What is deployed of a built folder; the map of the bundle stays behind. */
export const PACKAGE_FILES = ['host.json', 'main.cjs', 'package.json'] as const;

export interface Package {
  /** SHA-256 of names and contents, in hex: the same for the same code, wherever it was built. */
  hash: string;
  archive: pulumi.asset.AssetArchive;
}

/** @param folder a built app: host.json, package.json and the bundle. */
export function packageOf(folder: string): Package {
  const hash = createHash('sha256');
  const entries = PACKAGE_FILES.map((file) => {
    const path = join(folder, file);
    const content = readFileSync(path);
    hash.update(`${file} ${content.length}\n`).update(content);
    // Relative, so that the stack's state is the same whoever deploys.
    return [file, new pulumi.asset.FileAsset(relative(process.cwd(), path))] as const;
  });
  return { hash: hash.digest('hex'), archive: new pulumi.asset.AssetArchive(Object.fromEntries(entries)) };
}

/**
 * Builds what changed and packs everything, so that no build step can be forgotten.
 * @throws BuildError naming file and line.
 */
export async function buildPackages(): Promise<Record<ServiceName, Package>> {
  const built = new Map((await buildServices()).map(({ name, folder }) => [name, folder]));
  return Object.fromEntries(SERVICES.map((service) => [service, packageOf(built.get(service)!)])) as Record<
    ServiceName,
    Package
  >;
}
