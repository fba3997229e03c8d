/** Bundles the function apps into what is deployed: main.cjs, host.json and package.json, and nothing else that runs. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { BuildOptions } from 'esbuild';
import { isFresh, remember } from './freshness.ts';
import { ROOT, serviceFolders, type ServiceFolder } from './service-folders.ts';

export interface BuiltService {
  name: string;
  /** What is deployed, and what the Functions host loads. */
  folder: string;
  /** False when it was there already and nothing had changed. */
  rebuilt: boolean;
}

/** The worker reads `main` as a file pattern, so maps must not match it: main.cjs.map does not. */
const MAIN = 'main.cjs';

/**
 * The real worker loads one CommonJS file without node_modules; its core module comes from the worker itself.
 * Readable stack traces in Azure are worth more than a smaller file, so names stay as they are.
 */
const RECIPE = {
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node22',
  // jsonc-parser's main is UMD, whose inner require esbuild cannot follow.
  mainFields: ['module', 'main'],
  external: ['@azure/functions-core'],
  minify: false,
  keepNames: true,
  sourcemap: 'linked',
  sourcesContent: false,
  metafile: true,
  write: false,
  logLevel: 'silent',
} as const satisfies BuildOptions;

/** A bundle that could not be built; the message holds every error with file and line. */
export class BuildError extends Error {
  readonly code = 'build';
}

/** Files appear whole or not at all, since a host may be loading them. */
async function writeWhole(path: string, contents: string | Uint8Array): Promise<void> {
  await writeFile(`${path}.${process.pid}.part`, contents);
  await rename(`${path}.${process.pid}.part`, path);
}

const deployedManifest = ({ manifest: { name, version } }: ServiceFolder): string =>
  `${JSON.stringify({ name, version, main: MAIN }, null, 2)}\n`;

async function bundle(service: ServiceFolder, root: string, folder: string): Promise<string[]> {
  const { build, formatMessages } = await import('esbuild');
  try {
    const result = await build({
      ...RECIPE,
      absWorkingDir: root,
      entryPoints: [join(service.folder, 'src/main.ts')],
      outfile: join(folder, MAIN),
    });
    for (const file of result.outputFiles) await writeWhole(file.path, file.contents);
    return Object.keys(result.metafile.inputs).map((path) => resolve(root, path));
  } catch (error) {
    const errors = (error as { errors?: Parameters<typeof formatMessages>[0] }).errors;
    if (!errors) throw error;
    const lines = await formatMessages(errors, { kind: 'error' });
    throw new BuildError(`The bundle of ${service.name} cannot be built:\n${lines.join('')}`, {
      cause: error,
    });
  }
}

/** @param record where the last build is remembered; without it everything is built again. */
async function buildService(
  service: ServiceFolder,
  root: string,
  folder: string,
  record: string | undefined,
): Promise<BuiltService> {
  const manifest = join(service.folder, 'package.json');
  const host = join(service.folder, 'host.json');
  const recipe = JSON.stringify([RECIPE, process.versions.node]);
  if (record && (await isFresh(record, recipe))) return { name: service.name, folder, rebuilt: false };

  const began = Date.now();
  await mkdir(folder, { recursive: true });
  const inputs = await bundle(service, root, folder);
  await writeWhole(join(folder, 'host.json'), await readFile(host));
  await writeWhole(join(folder, 'package.json'), deployedManifest(service));
  const outputs = [MAIN, `${MAIN}.map`, 'host.json', 'package.json'].map((file) => join(folder, file));
  const all = [...inputs, host, manifest, join(root, 'package-lock.json')];
  if (record) await remember(record, { recipe, began, inputs: all, outputs });
  return { name: service.name, folder, rebuilt: true };
}

/**
 * Builds every service that changed since its last build into `services/<name>/dist`.
 * @param options.outDir another folder, that gets one folder per service; then everything is built.
 * @param options.root repository to build, by default this one.
 * @throws BuildError naming file and line.
 */
export async function buildServices(
  options: { outDir?: string; root?: string } = {},
): Promise<BuiltService[]> {
  const root = resolve(options.root ?? ROOT);
  return Promise.all(
    serviceFolders(root).map((service) => {
      const { name, folder } = service;
      if (options.outDir) return buildService(service, root, resolve(options.outDir, name), undefined);
      const record = join(root, 'node_modules/.cache/github-repo-stats', `${name}.json`);
      return buildService(service, root, join(folder, 'dist'), record);
    }),
  );
}

/** The folder as people write it: relative to where they are. */
export const shownFolder = (folder: string): string => relative(process.cwd(), folder) || '.';
