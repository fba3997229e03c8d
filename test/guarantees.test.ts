/** docs/guarantees.md names tests and places that exist, and says rightly which of the tests run against Azure. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { conformanceSuites } from './azure/suites.ts';

const root = join(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/guarantees.md'), 'utf8');
const suites = conformanceSuites(root);

interface Guarantee {
  guarantee: string;
  places: string[];
  tests: { file: string; title: string }[];
  inAzure: string;
}

const pathOf = (file: string): string =>
  /^(test|infra|shared|services)\//.test(file) ? file : `local/src/${file}`;

const guarantees = [...page.matchAll(/^\|(.+)\|(.+)\|(.+)\|\s*(yes|no)\s*\|$/gm)].map(
  ([, guarantee, places, shown, inAzure]): Guarantee => ({
    guarantee: guarantee!.trim(),
    places: [...places!.matchAll(/`([^`]+)`/g)].map(([, path]) => path!),
    tests: shown!
      .split('<br>')
      .map((each) => /^\s*`([^`]+)`: _(.+)_\s*$/.exec(each))
      .map((match) => ({
        file: pathOf(match?.[1] ?? 'nothing'),
        title: (match?.[2] ?? '').replaceAll('\\', ''),
      })),
    inAzure: inAzure!,
  }),
);

const sources = new Map<string, string>();
function source(file: string): string {
  const known =
    sources.get(file) ?? (existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '');
  sources.set(file, known);
  return known;
}

/** Where in its file a test begins; -1 when there is none of this title. */
function placeOf({ file, title }: Guarantee['tests'][number]): number {
  const quoted = ["'", '"', '`'].map((quote) => quote + title + quote);
  return Math.max(...quoted.map((text) => source(file).indexOf(text)));
}

/** Whether it is one of those that are left out against Azure: by itself, or with the whole of its group. */
function isLocal(test: Guarantee['tests'][number]): boolean {
  const text = source(test.file);
  const at = placeOf(test);
  const upToBody = text.slice(at, text.indexOf('=>', at));
  const groups = [...text.slice(0, at).matchAll(/^describe\(.*$/gm)];
  const within = groups.at(-1)?.[0] ?? '';
  return `${upToBody}${within}`.includes('localOnly(');
}

describe('the guarantees that the services lean on', () => {
  it('are as many as the page has rows', () => {
    const rows = page.split('\n').filter((line) => /^\| (?!guarantee|-)/.test(line));
    expect(guarantees.length).toBeGreaterThan(50);
    expect(rows).toHaveLength(guarantees.length);
  });

  it('are leaned on by files that exist', () => {
    const gone = guarantees.flatMap(({ places }) => places.filter((place) => !existsSync(join(root, place))));
    expect(gone).toEqual([]);
    expect(guarantees.filter(({ places }) => places.length === 0)).toEqual([]);
  });

  it('are each shown by tests that exist', () => {
    const gone = guarantees.flatMap(({ tests }) => tests.filter((test) => placeOf(test) < 0));
    expect(gone).toEqual([]);
  });

  it('are shown in Azure where the page says so, and nowhere else', () => {
    const shown = ({ tests }: Guarantee): string =>
      tests.some((test) => suites.includes(test.file) && !isLocal(test)) ? 'yes' : 'no';
    expect(guarantees.filter((row) => row.inAzure !== shown(row)).map((row) => row.guarantee)).toEqual([]);
  });

  it('of Service Bus and Cosmos DB are each followed by what no test shows, and why', () => {
    const chapters = page.split(/^## /m).slice(1);
    expect(chapters).toHaveLength(5);
    for (const chapter of chapters) expect(chapter).toContain('Not shown by any test, and why');
  });
});
