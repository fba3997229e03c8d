/** Bundles the function apps into what is deployed: main.cjs, host.json and package.json, the data that a service ships, and its page. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { extname, join, relative, resolve } from 'node:path';
import { PAGE_FILE } from '@github-repo-stats/shared/page-files';
import type { BuildOptions, Metafile } from 'esbuild';
import { isFresh, lookOnce, remember } from './freshness.ts';
import { buildPage, PAGE_RECIPE } from './page.ts';
import { ROOT, serviceFolders, type ServiceFolder } from './service-folders.ts';

export interface BuiltService {
  name: string;
  /** What is deployed, and what the Functions host loads. */
  folder: string;
  /** What is deployed of the folder, by name; the map of the bundle stays behind. */
  files: string[];
  /** False when it was there already and nothing had changed. */
  rebuilt: boolean;
}

/** The worker reads `main` as a file pattern, so maps must not match it: main.cjs.map does not. */
const MAIN = 'main.cjs';

/**
 * The real worker loads one CommonJS file without node_modules; its core module comes from the worker itself.
 * Readable stack traces in Azure are worth more than a smaller file, so names stay as they are.
 */
export const RECIPE = {
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

/** Where builds are remembered, from the root. */
const RECORDS = 'node_modules/.cache/github-repo-stats';
export const BUILD_RECORDS = join(ROOT, RECORDS);

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

/** What lies beside the bundle, with where it comes from; package.json is written anew. */
const beside = ({ folder, manifest: { ships = {} } }: ServiceFolder): { file: string; from: string }[] =>
  Object.entries({ 'host.json': 'host.json', ...ships }).map(([file, path]) => ({
    file,
    from: join(folder, path),
  }));
const deployedFiles = (service: ServiceFolder): string[] =>
  [
    MAIN,
    'package.json',
    ...beside(service).map(({ file }) => file),
    ...(service.manifest.page === undefined ? [] : [PAGE_FILE]),
  ].sort();

interface Task {
  service: ServiceFolder;
  /** Where its bundle goes. */
  folder: string;
  /** Where its last build is remembered; without it everything is built again. */
  record: string | undefined;
}

/** Every file that an entry point reaches, as absolute paths. */
function inputsOf(entry: string, { inputs }: Metafile, root: string): string[] {
  const reached = new Set<string>();
  const follow = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    for (const { path: next, external } of inputs[path]?.imports ?? []) if (!external) follow(next);
  };
  follow(relative(root, entry).replaceAll('\\', '/'));
  return [...reached].filter((path) => path in inputs).map((path) => resolve(root, path));
}

const entryOf = ({ service }: Task): string => join(service.folder, 'src/main.ts');

/** @throws BuildError for what esbuild says of the text that it was given. */
async function told<T>(what: string, build: () => Promise<T>): Promise<T> {
  try {
    return await build();
  } catch (error) {
    const { formatMessages } = await import('esbuild');
    const errors = (error as { errors?: Parameters<typeof formatMessages>[0] }).errors;
    if (!errors) throw error;
    const lines = await formatMessages(errors, { kind: 'error' });
    throw new BuildError(`${what} cannot be built:\n${lines.join('')}`, { cause: error });
  }
}

/** One call for all, so that what they share is read and parsed once: half of the time of a call for each. */
function bundle(tasks: readonly Task[], root: string, outdir: string): Promise<Metafile> {
  const names = tasks.map(({ service }) => service.name).join(', ');
  return told(`The bundles of ${names}`, async () => {
    const { build } = await import('esbuild');
    const { outputFiles, metafile } = await build({
      ...RECIPE,
      absWorkingDir: root,
      entryPoints: tasks.map((task) => ({
        in: entryOf(task),
        out: relative(outdir, join(task.folder, 'main')),
      })),
      outdir,
      outExtension: { '.js': extname(MAIN) },
    });
    await Promise.all(outputFiles.map((file) => writeWhole(file.path, file.contents)));
    return metafile;
  });
}

/** The page that a service serves, into its place; none for most. @returns the files that it was made of. */
async function writePage({ service, folder }: Task, root: string): Promise<string[]> {
  const { name, manifest } = service;
  if (manifest.page === undefined) return [];
  const page = join(service.folder, manifest.page);
  const { files, inputs } = await told(`The page of ${name}`, () => buildPage(page, root));
  await writeWhole(join(folder, PAGE_FILE), JSON.stringify(files));
  return inputs;
}

/** What lies beside a bundle, and the note of what it was built from. */
async function finish(
  task: Task,
  root: string,
  build: { recipe: string; began: number; metafile: Metafile },
) {
  const { service, folder, record } = task;
  const manifest = join(service.folder, 'package.json');
  for (const { file, from } of beside(service)) await writeWhole(join(folder, file), await readFile(from));
  await writeWhole(join(folder, 'package.json'), deployedManifest(service));
  const ofPage = await writePage(task, root);
  if (!record) return;
  const { recipe, began, metafile } = build;
  const outputs = [...deployedFiles(service), `${MAIN}.map`].map((file) => join(folder, file));
  const inputs = [
    ...inputsOf(entryOf(task), metafile, root),
    ...ofPage,
    ...beside(service).map(({ from }) => from),
    manifest,
    join(root, 'package-lock.json'),
  ];
  await remember(record, { recipe, began, inputs, outputs });
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
  // With the folder: a cache that came from another checkout knows nothing of this one.
  const recipe = JSON.stringify([RECIPE, PAGE_RECIPE, process.versions.node, root]);
  const began = Date.now();
  const tasks = serviceFolders(root).map((service): Task => {
    if (options.outDir) return { service, folder: resolve(options.outDir, service.name), record: undefined };
    const record = join(root, RECORDS, `${service.name}.json`);
    return { service, folder: join(service.folder, 'dist'), record };
  });
  const look = lookOnce();
  const fresh = await Promise.all(
    tasks.map(async ({ record }) => record !== undefined && (await isFresh(record, recipe, look))),
  );
  const stale = tasks.filter((_, i) => !fresh[i]);
  if (stale.length > 0) {
    await Promise.all(stale.map(({ folder }) => mkdir(folder, { recursive: true })));
    const metafile = await bundle(stale, root, resolve(options.outDir ?? root));
    await Promise.all(stale.map((task) => finish(task, root, { recipe, began, metafile })));
  }
  return tasks.map((task) => ({
    name: task.service.name,
    folder: task.folder,
    files: deployedFiles(task.service),
    rebuilt: stale.includes(task),
  }));
}

/** The folder as people write it: relative to where they are. */
export const shownFolder = (folder: string): string => relative(process.cwd(), folder) || '.';
