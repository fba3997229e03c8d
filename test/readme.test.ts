/** README and the pages beside it say what is there. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SETTINGS } from '@github-repo-stats/shared/settings';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const scripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts;
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'docs/architecture.md',
  'local/README.md',
  'docs/deploy.md',
  'docs/operations.md',
  'docs/guarantees.md',
  'docs/api.md',
  'docs/dashboard.md',
  'docs/analytics.md',
  'docs/mails.md',
  'infra/README.md',
  'bench/README.md',
  'docs/scale.md',
];

describe('the README', () => {
  it('names every setting', () => {
    const text = read('README.md');
    expect(Object.keys(SETTINGS).filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});

describe.each(PAGES)('%s', (page) => {
  const text = read(page);

  it('links only to what exists', () => {
    const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, link]) => link!);
    const broken = links.filter((l) => !/^https?:/.test(l) && !existsSync(join(root, dirname(page), l)));
    expect(broken).toEqual([]);
  });

  it('names only npm scripts that exist', () => {
    const named = [...text.matchAll(/npm (?:run )?([a-z][a-z:-]+)/g)].map(([, script]) => script!);
    const ofNpm = new Set(['audit', 'ci', 'install', 'run', 'rebuild']);
    expect(named.filter((script) => !ofNpm.has(script) && !(script in scripts))).toEqual([]);
  });
});

describe('docs/architecture.md', () => {
  it('names only tests that exist', () => {
    const named = [...read('docs/architecture.md').matchAll(/`([a-z]+\/[\w/.-]+\.test\.ts)`/g)].map(
      ([, f]) => f!,
    );
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });
});

describe('bench/README.md', () => {
  it('has a row for each bench', () => {
    const benches = Object.keys(scripts).flatMap((script) => script.match(/^bench:(.+)$/)?.[1] ?? []);
    const rows = [...read('bench/README.md').matchAll(/^\| `([a-z-]+)`/gm)].map(([, name]) => name!);
    expect(rows.toSorted()).toEqual(benches.toSorted());
  });
});
