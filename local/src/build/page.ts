/** Bundles a page for browsers into the one file that a service serves it from: hashed names, compressed beforehand. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { ASSETS_PATH, type PageFiles, type Served } from '@github-repo-stats/shared/page-files';
import type { BuildOptions } from 'esbuild';

/** One script and one style sheet: each request more is a round trip more before anything is seen. */
export const PAGE_RECIPE = {
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  minify: true,
  entryNames: '[name].[hash]',
  charset: 'utf8',
  metafile: true,
  write: false,
  logLevel: 'silent',
} as const satisfies BuildOptions;

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

async function served(name: string, content: Uint8Array): Promise<Served> {
  const type = TYPES[extname(name)];
  if (type === undefined) throw new Error(`${name}: the page is not made of such files`);
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
    promisify(gzip)(content, { level: 9 }),
  ]);
  return {
    type,
    digest: createHash('sha256').update(content).digest('base64url').slice(0, 16),
    bodies: {
      br: br.toString('base64'),
      gzip: gz.toString('base64'),
      identity: Buffer.from(content).toString('base64'),
    },
  };
}

/** Where the template wants the paths of what was built. */
const PLACES = { '.js': '%script%', '.css': '%style%' } as const;

/**
 * @param folder with `page.html` and `src/main.tsx`, which imports the style sheet.
 * @returns the file's content, and the files that it was made of, as absolute paths.
 * @throws BuildFailure of esbuild naming file and line.
 */
export async function buildPage(
  folder: string,
  root: string,
): Promise<{ files: PageFiles; inputs: string[] }> {
  const { build } = await import('esbuild');
  const { outputFiles, metafile } = await build({
    ...PAGE_RECIPE,
    absWorkingDir: root,
    entryPoints: [join(folder, 'src/main.tsx')],
    outdir: join(folder, 'dist'),
  });
  const template = join(folder, 'page.html');
  let html = readFileSync(template, 'utf8');
  const assets: PageFiles['assets'] = {};
  for (const { path, contents } of outputFiles) {
    const name = basename(path);
    assets[name] = await served(name, contents);
    for (const [extension, place] of Object.entries(PLACES))
      if (extname(name) === extension) html = html.replaceAll(place, `/${ASSETS_PATH}/${name}`);
  }
  return {
    files: { page: await served('page.html', Buffer.from(html)), assets },
    inputs: [template, ...Object.keys(metafile.inputs).map((path) => resolve(root, path))],
  };
}
