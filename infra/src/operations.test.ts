/** What docs/operations.md tells people to type exists. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SETTINGS } from '@github-repo-stats/shared/settings';
import { CONTAINERS } from '@github-repo-stats/shared/topology';
import { describe, expect, it } from 'vitest';
import { configured, EVERYTHING, noCode } from './config.fixture.ts';
import { CONFIG } from './config.ts';
import { bind } from './kql.fixture.ts';
import { record } from './registrations.fixture.ts';
import { defineStack } from './stack.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/operations.md'), 'utf8');
/** Code blocks, those within lists too. */
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(String.raw`^ *\`\`\`${language}\n([\s\S]*?)\n *\`\`\`$`, 'gm'))].map(
    ([, code]) => code!,
  );

describe('docs/operations.md', () => {
  it('has queries that bind', () => {
    const queries = blocks('kusto');
    expect(queries.length).toBeGreaterThan(2);
    expect(queries.flatMap((query) => bind(query).problems)).toEqual([]);
  });

  it('calls routes that the scheduler has', () => {
    const main = readFileSync(join(root, 'services/scheduler/src/main.ts'), 'utf8');
    const routes = [...main.matchAll(/methods: \['(\w+)'\],\s+route: '([^']+)'/g)].map(
      ([, method, route]) => new RegExp(`^${method} ${route!.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    );
    const calls = [...page.matchAll(/call (?:-X (\w+) )?"\$api\/([^"?]+)/g)].map(
      ([, method = 'GET', path]) => `${method} ${path}`,
    );
    expect(calls.length).toBeGreaterThan(4);
    expect(calls.filter((call) => !routes.some((route) => route.test(call)))).toEqual([]);
  });

  it('sets keys of the configuration, and asks for outputs of the stack', () => {
    const keys = [...page.matchAll(/config set (?:--secret )?(\w+)/g)].map(([, key]) => key!);
    expect(keys.length).toBeGreaterThan(3);
    expect(keys.filter((key) => !Object.hasOwn(CONFIG, key))).toEqual([]);
    const program = readFileSync(join(root, 'infra/src/main.ts'), 'utf8');
    const exported = /export const \{([^}]+)\}/
      .exec(program)![1]!
      .split(',')
      .map((name) => name.trim());
    const outputs = [...page.matchAll(/stack output (\w+)/g)].map(([, name]) => name!);
    expect(outputs.filter((name) => !exported.includes(name))).toEqual([]);
  });

  it('restores from a backup that the account keeps, with the database and the containers by their names', async () => {
    const { registrations } = await record(() => defineStack(configured(EVERYTHING), noCode()));
    const account = registrations.find((r) => r.type === 'azure-native:cosmosdb:DatabaseAccount');
    expect(account?.inputs['backupPolicy']).toEqual({
      type: 'Continuous',
      continuousModeProperties: { tier: 'Continuous7Days' },
    });
    const databases = [...page.matchAll(/az cosmosdb sql container .* -d (\S+)/g)].map(([, name]) => name);
    expect(new Set(databases)).toEqual(new Set([SETTINGS.CosmosDB_DBName.parse(undefined)]));
    const containers = [...page.matchAll(/^### The container (\S+)$/gm)].map(([, name]) => name!);
    const names = Object.values(CONTAINERS).map((container) => container.defaultName);
    expect(containers.toSorted()).toEqual(names.toSorted());
  });

  it('links to sections of its own that exist', () => {
    const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replaceAll(' ', '-')
        .replace(/[^\w-]/g, ''),
    );
    const links = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, link]) => link!);
    expect(links.filter((link) => !headings.includes(link))).toEqual([]);
  });
});
