/** The conventions that keep the parts apart, held as tests: who imports whom, who reads the environment, who names what. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, matchesGlob, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { APP_SETTINGS } from '../shared/src/app-settings.ts';
import { SETTINGS } from '../shared/src/settings.ts';
import { ALL_QUEUES, CONTAINERS } from '../shared/src/topology.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OWN = '@github-repo-stats/';
const services = globSync('services/*/package.json', { cwd: ROOT })
  .map((path) => path.split('/')[1]!)
  .sort();

interface Import {
  /** What is imported: a file of this repository by its path, or a package by its name. */
  from: string;
  /** False for `import type`, which leaves nothing behind in the bundle. */
  value: boolean;
}
interface Source {
  path: string;
  text: string;
  /** The text without its comments. */
  code: string;
  imports: Import[];
}

const STATEMENT = /^(?:import|export)\s+(?:(type)\s)?(?:([^'"]*?)\sfrom\s+)?['"]([^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

function target(specifier: string, importer: string): string {
  if (specifier.startsWith('.')) return relative(ROOT, resolve(ROOT, dirname(importer), specifier));
  if (!specifier.startsWith(OWN)) return specifier;
  const [part = '', ...rest] = specifier.slice(OWN.length).split('/');
  const folder = services.includes(part) ? `services/${part}` : part;
  return exportsOf(folder)[`./${rest.join('/')}`] ?? join(folder, 'src', `${rest.join('/')}.ts`);
}

/** What a workspace exports by a name of its own; most export their sources by their paths. */
function exportsOf(folder: string): Record<string, string> {
  const { exports = {} } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as {
    exports?: Record<string, string>;
  };
  return Object.fromEntries(Object.entries(exports).map(([name, file]) => [name, join(folder, file)]));
}

/** True when every name in `{ … }` is marked as a type. */
const onlyTypes = (clause: string): boolean =>
  /^\{[^}]*\}$/.test(clause.trim()) &&
  clause
    .trim()
    .slice(1, -1)
    .split(',')
    .every((name) => name.trim() === '' || name.trim().startsWith('type '));

function read(path: string): Source {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const statements = [...code.matchAll(STATEMENT)].map(([, type, clause = '', specifier]) => ({
    from: target(specifier!, path),
    value: type === undefined && !onlyTypes(clause),
  }));
  const dynamic = [...code.matchAll(DYNAMIC)].map(([, specifier]) => ({
    from: target(specifier!, path),
    value: true,
  }));
  return { path, text, code, imports: [...statements, ...dynamic] };
}

const everything = globSync('{shared,services/*,local,analytics,test,bench,infra,web}/**/*.{ts,tsx}', {
  cwd: ROOT,
  exclude: (path) => /(^|\/)(node_modules|dist|\.data)(\/|$)/.test(path),
})
  .sort()
  .map(read);
/** Tests, and what only tests import. */
const TEST = /\.(test|fixture)\.ts$|\/fixtures\/|\/conformance-[\w-]+\.ts$|^test\//;
const isTest = ({ path }: Source): boolean => TEST.test(path);
const sources = everything.filter((s) => !isTest(s));
const inFolder = (folder: string, of = everything): Source[] =>
  of.filter((s) => s.path.startsWith(`${folder}/`));

/** `importer → imported` for every import that a rule refuses. */
const refused = (files: readonly Source[], rule: (i: Import, s: Source) => boolean): string[] =>
  files.flatMap((s) => s.imports.filter((i) => rule(i, s)).map((i) => `${s.path} → ${i.from}`));
const matching = (files: readonly Source[], pattern: RegExp): string[] =>
  files.filter((s) => pattern.test(s.code)).map((s) => s.path);

describe('this test', () => {
  it('sees the files and their imports', () => {
    expect(services).toEqual(['archiver', 'fetcher', 'reporter', 'resolver', 'scheduler', 'writer']);
    expect(sources.length).toBeGreaterThan(100);
    const main = sources.find((s) => s.path === 'services/fetcher/src/main.ts')!;
    expect(main.imports).toContainEqual({ from: 'shared/src/github/lanes.ts', value: true });
    expect(main.imports).toContainEqual({ from: 'services/fetcher/src/fetch-batch.ts', value: true });
    const identity = sources.find((s) => s.path === 'shared/src/clients/identity.ts')!;
    expect(identity.imports).toEqual([
      { from: '@azure/core-auth', value: false },
      { from: '@azure/identity', value: true },
    ]);
  });

  it('finds every file that is imported', () => {
    const missing = refused(
      everything,
      ({ from }) => /\.tsx?$|^web\/.*\.css$/.test(from) && !existsSync(join(ROOT, from)),
    );
    expect(missing).toEqual([]);
  });
});

describe('imports', () => {
  it('of shared stay in shared', () => {
    expect(
      refused(inFolder('shared'), ({ from }) =>
        /^(services|infra|local|analytics|test|bench|web)\//.test(from),
      ),
    ).toEqual([]);
  });

  it.each(services)('of the %s are its own and those of shared', (service) => {
    const foreign = /^(services|infra|local|analytics|test|bench|web)\//;
    const own = `services/${service}/`;
    expect(
      refused(inFolder(`services/${service}`), ({ from }) => foreign.test(from) && !from.startsWith(own)),
    ).toEqual([]);
  });

  it('of the embedded platform reach no service: it loads the bundles that are deployed', () => {
    expect(refused(inFolder('local'), ({ from }) => /^(services|infra|test|web)\//.test(from))).toEqual([]);
  });

  it('of the analytics are its own and those of shared', () => {
    const foreign = /^(services|infra|local|test|bench|web)\//;
    expect(refused(inFolder('analytics', sources), ({ from }) => foreign.test(from))).toEqual([]);
  });

  it('of the page are its own, its packages, and of the reporter the types of what its API answers', () => {
    const contracts = ['contract', 'analysis-contract', 'run-list-contract'].map(
      (name) => `services/reporter/src/api/${name}.ts`,
    );
    const ours = /^(web|shared|services|infra|local|analytics|test|bench)\/|^node:/;
    const page = inFolder('web', sources);
    expect(page.length).toBeGreaterThan(20);
    const strange = ({ from, value }: Import): boolean =>
      ours.test(from) && !from.startsWith('web/') && (!contracts.includes(from) || value);
    expect(refused(page, strange)).toEqual([]);
  });

  it('of infra reach shared and how bundles are made; no more', () => {
    const allowed = /^(infra|shared)\/|^local\/src\/build\/services\.ts$/;
    expect(
      refused(inFolder('infra', sources), ({ from }) => from.endsWith('.ts') && !allowed.test(from)),
    ).toEqual([]);
    const infra = /^infra\//;
    const others = sources.filter((s) => !infra.test(s.path));
    expect(refused(others, ({ from }) => infra.test(from) || from.startsWith('@pulumi/'))).toEqual([]);
  });

  it('of what runs never reach tests or their fixtures; measurements may use the test harness', () => {
    const running = sources.filter((s) => !s.path.startsWith('bench/'));
    expect(refused(running, ({ from }) => TEST.test(from))).toEqual([]);
  });

  it('of what runs name packages that their own workspace depends on', () => {
    const undeclared = [
      'shared',
      'local',
      'analytics',
      'infra',
      'web',
      ...services.map((s) => `services/${s}`),
    ].flatMap((folder) => {
      const manifest = readFileSync(join(ROOT, folder, 'package.json'), 'utf8');
      const { dependencies, devDependencies } = JSON.parse(manifest) as {
        dependencies: Record<string, string>;
        devDependencies?: Record<string, string>;
      };
      return refused(inFolder(folder, sources), ({ from, value }, { path }) => {
        if (!value || /\.(tsx?|json)$|^web\//.test(from) || from.startsWith('node:')) return false;
        const name = from.split('/').slice(0, from.startsWith('@') ? 2 : 1);
        // The policies run beside a deployment, and are no part of it.
        const declared = path.startsWith('infra/policy/') ? devDependencies! : dependencies;
        // The bundler belongs to the whole repository.
        return !(name.join('/') in { ...dependencies, ...declared }) && from !== 'esbuild';
      });
    });
    expect(undeclared).toEqual([]);
  });

  it('of zod are of its names one by one in what is deployed: esbuild keeps all forty languages of its messages for `import { z }`', () => {
    const deployed = [...inFolder('shared', sources), ...inFolder('services', sources)];
    expect(matching(deployed, /^import \{[^}]*\} from 'zod'/m)).toEqual([]);
  });

  it('run in no circle, types included, in what is deployed', () => {
    const deployed = sources.filter(({ path }) => /^(shared|services|infra|web)\//.test(path));
    const importsOf = new Map(deployed.map((s) => [s.path, s.imports.map((i) => i.from)]));
    const circles: string[] = [];
    const done = new Set<string>();
    const visit = (path: string, way: readonly string[]): void => {
      if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(' → '));
      if (done.has(path) || way.includes(path)) return;
      for (const from of importsOf.get(path) ?? []) visit(from, [...way, path]);
      done.add(path);
    };
    for (const { path } of deployed) visit(path, []);
    expect(circles).toEqual([]);
  });
});

describe('software kits are used as values only at the edges', () => {
  const KIT = /^(@azure\/|@duckdb\/|@sendgrid\/|@octokit\/|rhea$)/;
  const EDGES = [
    'analytics/src/completed-event.ts @azure/eventgrid',
    'analytics/src/export-runs.ts @duckdb/node-api',
    'analytics/src/open-analytics.ts @duckdb/node-api',
    'services/*/src/main.ts @azure/functions',
    'services/reporter/src/event.ts @azure/eventgrid',
    'services/reporter/src/mail.ts @sendgrid/client',
    'services/reporter/src/mail.ts @sendgrid/mail',
    'shared/src/clients/blobs.ts @azure/storage-blob',
    'shared/src/clients/cosmos.ts @azure/cosmos',
    'shared/src/clients/identity.ts @azure/identity',
    'shared/src/clients/service-bus.ts @azure/service-bus',
    'shared/src/telemetry/azure-monitor.ts @azure/monitor-opentelemetry-exporter',
    'shared/src/github/app-token.ts @octokit/auth-app',
    'shared/src/github/app-token.ts @octokit/request',
    'shared/src/github/call.ts @octokit/graphql',
    'local/src/azurite/*.ts @azure/storage-blob',
    'local/src/command/*.ts @azure/cosmos',
    'local/src/event-grid/delivery.ts @azure/service-bus',
    'local/src/function-host/cosmos-*.ts @azure/cosmos',
    'local/src/function-host/service-bus-*.ts @azure/service-bus',
    'local/src/platform/*.ts @azure/cosmos',
    'local/src/service-bus/*.ts rhea',
  ];
  const used = sources
    .filter((s) => /^(shared|services|local|analytics)\//.test(s.path))
    .flatMap((s) =>
      s.imports.filter((i) => i.value && KIT.test(i.from)).map((i) => [s.path, i.from] as const),
    );
  const covers = (edge: string, [path, kit]: readonly [string, string]): boolean => {
    const [pattern = '', of] = edge.split(' ');
    return kit === of && matchesGlob(path, pattern);
  };

  it('that are known', () => {
    expect(used.length).toBeGreaterThan(10);
    expect(used.filter((u) => !EDGES.some((edge) => covers(edge, u)))).toEqual([]);
  });

  it('that are still used', () => {
    expect(EDGES.filter((edge) => !used.some((u) => covers(edge, u)))).toEqual([]);
  });
});

describe('the environment', () => {
  const ENVIRONMENT = /\bprocess\.env\b|\bimport\s*\{[^}]*\benv\b[^}]*\}\s*from\s*['"](?:node:)?process['"]/;

  it('is read by each service in its main.ts, and nowhere else in services and shared', () => {
    const readers = matching([...inFolder('services', sources), ...inFolder('shared', sources)], ENVIRONMENT);
    expect(readers).toEqual(services.map((service) => `services/${service}/src/main.ts`));
  });

  it('is read by the infrastructure in its main.ts alone', () => {
    expect(matching(inFolder('infra', sources), ENVIRONMENT)).toEqual(['infra/src/main.ts']);
  });

  it('is read in the embedded platform at its edges alone', () => {
    const edge = /^local\/src\/(command\/[\w-]+|platform\/app-settings|function-host\/(main|host))\.ts$/;
    expect(matching(inFolder('local', sources), ENVIRONMENT).filter((path) => !edge.test(path))).toEqual([]);
  });
});

describe('shared', () => {
  const shared = inFolder('shared', sources);
  const partOf = (path: string): string =>
    path
      .split('/')
      .slice(0, path.startsWith('services/') ? 2 : 1)
      .join('/');
  /** The services and other parts that use a module of shared, through other modules of shared too. */
  function users(path: string, seen = new Set<string>()): Set<string> {
    if (seen.has(path)) return new Set();
    seen.add(path);
    const importers = sources.filter(
      (s) =>
        /^(shared|services|local|analytics|infra)\//.test(s.path) && s.imports.some((i) => i.from === path),
    );
    return new Set(
      importers.flatMap((s) => (s.path.startsWith('shared/') ? [...users(s.path, seen)] : [partOf(s.path)])),
    );
  }

  it.each(shared.map((s) => s.path))('%s has two users at least', (path) => {
    expect(users(path).size).toBeGreaterThanOrEqual(2);
  });

  it('has no barrel: no file hands on what another exports', () => {
    expect(matching(everything, /^export\s+(?:type\s+)?(?:\*|\{[^}]*\})\s+from/m)).toEqual([]);
  });
});

describe('files', () => {
  it('hold one thing: no source is longer than 300 lines', () => {
    const long = sources
      .filter((s) => !/generated/.test(s.path))
      .map((s) => [s.path, s.text.trimEnd().split('\n').length] as const);
    expect(long.filter(([, lines]) => lines > 300)).toEqual([]);
  });

  it('open with one sentence that says what they are for', () => {
    expect(
      sources
        .filter((s) => !/^(#!.*\n)?\/(\*\*|\/) /.test(s.text.replace('/**\n', '/** ')))
        .map((s) => s.path),
    ).toEqual([]);
  });

  it('are named in kebab-case, and never for being common', () => {
    const wrong = everything.filter(
      ({ path }) =>
        !/\/[a-z0-9]+(-[a-z0-9]+)*(\.(test|fixture|d))?\.tsx?$/.test(`/${path}`) ||
        /(^|\/)(utils?|helpers?|common|misc|index)(\.|\/)/.test(path),
    );
    expect(wrong.map((s) => s.path)).toEqual([]);
  });
});

describe.each(services)('the %s', (service) => {
  const at = (path: string): string => join(ROOT, 'services', service, path);
  const json = (path: string) => JSON.parse(readFileSync(at(path), 'utf8')) as Record<string, unknown>;

  it('has the skeleton of a service', () => {
    const files = ['README.md', 'host.json', 'package.json', 'src/main.ts', 'src/config.ts', 'src/store.ts'];
    expect(files.filter((file) => !existsSync(at(file)))).toEqual([]);
    expect(json('package.json')).toMatchObject({ name: `${OWN}${service}`, private: true, type: 'module' });
    expect(json('host.json')).toMatchObject({ version: '2.0', functionTimeout: '00:10:00' });
  });

  it('has one use case at least that opens with the ways in which it ends, and a test for it', () => {
    const useCases = inFolder(`services/${service}`, sources).filter((s) =>
      /^\/\*\*[\s\S]*?ends in one of these ways/.test(s.text),
    );
    expect(useCases.length).toBeGreaterThan(0);
    expect(
      useCases.map((s) => s.path.replace(/\.ts$/, '.test.ts')).filter((p) => !existsSync(join(ROOT, p))),
    ).toEqual([]);
  });

  it('registers its triggers in main.ts alone', () => {
    const registering = matching(inFolder(`services/${service}`, sources), /^\s*app\.\w+/m);
    expect(registering).toEqual([`services/${service}/src/main.ts`]);
  });

  it('reads the settings that it is given, each once', async () => {
    const { readConfig } = (await import(at('src/config.ts'))) as { readConfig: (env: object) => unknown };
    const read: string[] = [];
    const nothingSet = new Proxy({}, { get: (_, name) => void read.push(String(name)) });
    expect(() => readConfig(nothingSet)).toThrow('Settings cannot be used');
    expect(new Set(read)).toEqual(new Set((APP_SETTINGS as Record<string, readonly string[]>)[service]));
    expect(new Set(read).size).toBe(read.length);
  });
});

describe('settings', () => {
  it('are all read by some service', () => {
    const all = new Set<string>(Object.values(APP_SETTINGS).flat());
    expect(Object.keys(SETTINGS).filter((name) => !all.has(name))).toEqual([]);
  });
});

describe('names of queues and containers', () => {
  it('are spelled in the topology alone, and reached by its keys', () => {
    const containers = Object.values(CONTAINERS).map((c) => c.defaultName);
    const queues = Object.values(ALL_QUEUES).map((q) => q.name);
    const asContainer = new RegExp(
      `container(?:Name)?\\w*['"]?\\s*[:(=]\\s*['"](?:${containers.join('|')})['"]`,
      'i',
    );
    const asQueue = new RegExp(
      `(?:queueName['"]?\\s*:|createSender\\(|create(?:Session)?Receiver\\(|acceptNextSession\\()\\s*['"](?:${queues.join('|')})['"]`,
      'i',
    );
    const hyphenated = new RegExp(
      `['"\`](?:${containers.filter((name) => name.includes('-')).join('|')})['"\`]`,
    );
    const spelled = [asContainer, asQueue, hyphenated].flatMap((pattern) => matching(sources, pattern));
    expect([...new Set(spelled)]).toEqual(['shared/src/topology.ts']);
  });
});
