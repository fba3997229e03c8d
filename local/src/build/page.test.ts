import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { PageFiles } from '@github-repo-stats/shared/page-files';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPage } from './page.ts';
import { ROOT } from './service-folders.ts';

let root: string;
let folder: string;
const script = (words: string): Promise<void> =>
  writeFile(
    join(folder, 'src/main.tsx'),
    `import { render } from 'preact'; import './style.css'; render(<p>${words}</p>, document.body);`,
  );

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'page-'));
  folder = join(root, 'web');
  await mkdir(join(folder, 'src'), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  await writeFile(join(folder, 'page.html'), '<link href="%style%"><script src="%script%"></script>');
  await writeFile(join(folder, 'src/style.css'), 'body { color: red }');
  await script('one');
});
afterAll(() => rm(root, { recursive: true }));

/** The style sheet, then the script. */
const byKind = ({ assets }: PageFiles): string[] =>
  Object.keys(assets).sort((a, b) => (extname(a) < extname(b) ? -1 : 1));
const textOf = (body: string): string => Buffer.from(body, 'base64').toString();

test('a page becomes one file: itself and two assets that it names, each in every encoding', async () => {
  const { files, inputs } = await buildPage(folder, root);
  expect(PageFiles.parse(JSON.parse(JSON.stringify(files)))).toEqual(files);
  const names = byKind(files);
  expect(names).toEqual([
    expect.stringMatching(/^main\.\w{8}\.css$/),
    expect.stringMatching(/^main\.\w{8}\.js$/),
  ]);
  expect(textOf(files.page.bodies.identity)).toBe(
    `<link href="/assets/${names[0]}"><script src="/assets/${names[1]}"></script>`,
  );
  for (const { bodies, digest } of [files.page, ...Object.values(files.assets)]) {
    const plain = Buffer.from(bodies.identity, 'base64');
    expect(brotliDecompressSync(Buffer.from(bodies.br, 'base64'))).toEqual(plain);
    expect(gunzipSync(Buffer.from(bodies.gzip, 'base64'))).toEqual(plain);
    expect(createHash('sha256').update(plain).digest('base64url').startsWith(digest)).toBe(true);
  }
  expect(inputs).toEqual(
    expect.arrayContaining(['page.html', 'src/main.tsx', 'src/style.css'].map((file) => join(folder, file))),
  );
});

test('what changed has another name, and what did not has the same', async () => {
  const names = async (): Promise<string[]> => byKind((await buildPage(folder, root)).files);
  const before = await names();
  await script('two');
  const after = await names();
  expect(after[0]).toBe(before[0]);
  expect(after[1]).not.toBe(before[1]);
});
