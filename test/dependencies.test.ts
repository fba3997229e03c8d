/** What is installed and what is deployed of others: pinned, from the registry, without scripts of its own, under licences that allow it. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { RECIPE } from '../local/src/build/services.ts';

const root = join(import.meta.dirname, '..');
const json = <T>(path: string): T => JSON.parse(readFileSync(join(root, path), 'utf8')) as T;

interface Locked {
  version?: string;
  integrity?: string;
  resolved?: string;
  link?: boolean;
  dev?: boolean;
  license?: string;
  deprecated?: string;
  hasInstallScript?: boolean;
}
const lock = json<{ packages: Record<string, Locked> }>('package-lock.json').packages;
/** By place, for example node_modules/a/node_modules/b. */
const installed = Object.entries(lock).filter(
  ([place, { link }]) => place.includes('node_modules/') && !link,
);
const nameOf = (place: string): string => place.split('node_modules/').at(-1)!;

interface Manifest {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  allowScripts?: Record<string, boolean>;
}
const manifests = [
  'package.json',
  ...globSync('{shared,local,analytics,infra,services/*}/package.json', { cwd: root }),
];

/** Licences under which anything may be used and passed on, when its notice goes with it. */
const FREE = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT'];
/** Those that say it otherwise, and what their own files say. */
const READ_BY_HAND: Record<string, string> = {
  '@logdna/tail-file': 'MIT, by its file LICENSE; of Pulumi, not deployed',
  argparse: 'Python-2.0, which is free; of Pulumi, not deployed',
  'google-protobuf': 'BSD-3-Clause and Apache-2.0; of Pulumi, not deployed',
  semaphore: 'MIT, by its README; of @azure/cosmos, deployed',
  'spdx-exceptions': 'CC-BY-3.0, a list; of Pulumi, not deployed',
  'spdx-license-ids': 'CC0-1.0, a list; of Pulumi, not deployed',
};
/** Deprecated packages that are used all the same, and why. */
const DEPRECATED: Record<string, string> = {};
/** Where the packages in the bundle of each service lie, as the services are built. */
async function bundledPackages(): Promise<Record<string, string[]>> {
  const entryPoints = globSync('services/*/src/main.ts', { cwd: root });
  const { metafile } = await build({
    ...RECIPE,
    absWorkingDir: root,
    entryPoints,
    outdir: join(root, 'out'),
  });
  const byService: Record<string, string[]> = {};
  for (const { entryPoint, inputs } of Object.values(metafile.outputs)) {
    if (entryPoint === undefined) continue;
    const places = Object.keys(inputs).flatMap(
      (path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [],
    );
    byService[entryPoint.split('/')[1]!] = [...new Set(places)].toSorted();
  }
  return byService;
}

describe('what is installed', () => {
  it('is pinned: one version each, with what it must hash to, and from no place but the registry', () => {
    const loose = installed.filter(
      ([, { version = '', integrity = '', resolved }]) =>
        !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version) ||
        !integrity.startsWith('sha512-') ||
        (resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/')),
    );
    expect(loose.map(([place]) => place)).toEqual([]);
    expect(installed.length).toBeGreaterThan(300);
  });

  it('is asked for by exact versions', () => {
    const ranges = manifests.flatMap((path) => {
      const { dependencies, devDependencies } = json<Manifest>(path);
      return Object.entries({ ...dependencies, ...devDependencies })
        .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
        .map(([name]) => name);
    });
    expect(ranges).toEqual([]);
  });

  it('runs scripts at its installation only where package.json says so, and it says so of no other', () => {
    const scripts = installed
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([place]) => nameOf(place));
    const { allowScripts = {} } = json<Manifest>('package.json');
    expect(new Set(scripts)).toEqual(new Set(Object.keys(allowScripts)));
    const allowed = Object.keys(allowScripts).filter((name) => allowScripts[name]);
    expect(allowed.toSorted()).toEqual(['esbuild', 'node']);
    const deployed = installed.filter(([place, { dev }]) => allowed.includes(nameOf(place)) && !dev);
    expect(deployed).toEqual([]);
  });

  it('is under licences that allow it', () => {
    const others = installed
      .filter(([, { dev, license = '' }]) => !dev && !FREE.includes(license))
      .map(([place]) => nameOf(place));
    expect([...new Set(others)].toSorted()).toEqual(Object.keys(READ_BY_HAND).toSorted());
  });

  it('is not deprecated, unless there is a reason', () => {
    const deprecated = installed.filter(([, locked]) => locked.deprecated !== undefined);
    expect(deprecated.map(([place]) => nameOf(place))).toEqual(Object.keys(DEPRECATED));
  });
});

describe('what is deployed', () => {
  let bundled: Record<string, string[]>;
  beforeAll(async () => {
    bundled = await bundledPackages();
  });

  it('has exactly these packages in the bundle of each service', async () => {
    const lines = Object.entries(bundled)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([service, places]) => {
        const packages = places.map((place) => `  ${nameOf(place)} ${lock[place]?.version}`);
        return [service, ...packages].join('\n');
      });
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('golden/bundled-packages.txt');
  });

  it('is free to be passed on', () => {
    const places = new Set(Object.values(bundled).flat());
    const others = [...places].filter((place) => !FREE.includes(lock[place]?.license ?? ''));
    expect(others.map(nameOf)).toEqual(['semaphore']);
    expect(READ_BY_HAND['semaphore']).toMatch(/^MIT.*, deployed$/);
  });
});
