import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from './service-folders.ts';
import { buildServices } from './services.ts';

let root: string;

let age = 1_000_000;
/** Each file a second younger than the one before, and older than any build: one that was written during a build is built again. */
async function writeOld(path: string, text: string): Promise<void> {
  await writeFile(path, text);
  const time = Date.now() / 1000 - age--;
  await utimes(path, time, time);
}

async function writeService(name: string, main: string, ships?: Record<string, string>): Promise<void> {
  const folder = join(root, 'services', name);
  await mkdir(join(folder, 'src'), { recursive: true });
  await writeOld(join(folder, 'src/main.ts'), main);
  await writeOld(join(folder, 'host.json'), '{"version":"2.0"}');
  await writeOld(
    join(folder, 'package.json'),
    JSON.stringify({
      name: `@test/${name}`,
      version: '1.2.3',
      type: 'module',
      dependencies: { zod: '*' },
      ships,
    }),
  );
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'build-'));
  await writeOld(join(root, 'package.json'), '{"workspaces":["shared","services/*"]}');
  await writeOld(join(root, 'package-lock.json'), '{}');
  await writeOld(join(root, 'sources.json'), '{"individualRepos":["a/b"]}');
  await mkdir(join(root, 'node_modules'));
  await symlink(join(ROOT, 'node_modules/@azure'), join(root, 'node_modules/@azure'));
  await writeService(
    'alpha',
    `import { readFileSync } from 'node:fs';
     export const names = (): string[] => JSON.parse(readFileSync(__dirname + '/sources.json', 'utf8')).individualRepos;`,
    { 'sources.json': '../../sources.json' },
  );
  await writeService('beta', `export const beta: number = 1;`);
});
afterAll(() => rm(root, { recursive: true }));

const rebuilt = async (): Promise<Record<string, boolean>> =>
  Object.fromEntries((await buildServices({ root })).map((s) => [s.name, s.rebuilt]));

test('each service becomes one bundle with its host.json, the manifest that the worker reads, and what it ships', async () => {
  const built = await buildServices({ root });
  expect(built.map((s) => s.name)).toEqual(['alpha', 'beta']);
  const { folder } = built[0]!;
  const files = ['host.json', 'main.cjs', 'package.json', 'sources.json'];
  expect(built.map((s) => s.files)).toEqual([files, files.slice(0, 3)]);
  expect((await readdir(folder)).sort()).toEqual([...files, 'main.cjs.map'].sort());
  expect(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))).toEqual({
    name: '@test/alpha',
    version: '1.2.3',
    main: 'main.cjs',
  });
  const loaded = createRequire(import.meta.url)(join(folder, 'main.cjs')) as { names: () => string[] };
  expect(loaded.names()).toEqual(['a/b']);
});

test('only what changed is built again', async () => {
  await buildServices({ root });
  expect(await rebuilt()).toEqual({ alpha: false, beta: false });
  await writeOld(join(root, 'sources.json'), '{"individualRepos":["a/b", "c/d"]}');
  expect(await rebuilt()).toEqual({ alpha: true, beta: false });
  await writeOld(join(root, 'services/beta/host.json'), '{"version": "2.0"}');
  expect(await rebuilt()).toEqual({ alpha: false, beta: true });
  await rm(join(root, 'services/beta/dist/main.cjs'));
  expect(await rebuilt()).toEqual({ alpha: false, beta: true });
});

test('a cache of another checkout is not taken for its own', async () => {
  await buildServices({ root });
  const copy = await mkdtemp(join(tmpdir(), 'build-'));
  try {
    await cp(root, copy, { recursive: true, filter: (path) => !path.endsWith('dist') });
    const built = await buildServices({ root: copy });
    expect(built.map((s) => s.rebuilt)).toEqual(built.map(() => true));
    for (const { folder } of built) expect(await readdir(folder)).toContain('main.cjs');
  } finally {
    await rm(copy, { recursive: true });
  }
});

test('another output folder is a build of its own', async () => {
  const outDir = join(root, 'elsewhere');
  const built = await buildServices({ root, outDir });
  expect(built.map((s) => [s.folder, s.rebuilt])).toEqual([
    [join(outDir, 'alpha'), true],
    [join(outDir, 'beta'), true],
  ]);
});

test('a bundle that cannot be built says where', async () => {
  await writeService('gamma', `import './missing.ts';`);
  await expect(buildServices({ root })).rejects.toThrow(/bundles of gamma.*missing\.ts.*main\.ts:1/s);
  await rm(join(root, 'services/gamma'), { recursive: true });
});
