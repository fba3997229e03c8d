/** Measures the request units of whole runs by container and kind of request: `node bench/request-units.ts [REPOSITORIES[/BATCH]...]`. */
import { createServer, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { buildServices } from '@github-repo-stats/local/build/services';
import { openDataFolder } from '@github-repo-stats/local/platform/data-folder';
import { Supervisor } from '@github-repo-stats/local/platform/supervisor';
import { readUserSettings } from '@github-repo-stats/local/platform/user-settings';
import { CONTAINERS } from '@github-repo-stats/shared/topology';

const APPS = ['scheduler', 'resolver', 'fetcher', 'writer', 'reporter'];
const ANY_PORT = {
  serviceBus: 0,
  scheduler: 0,
  reporter: 0,
  eventGrid: 0,
  sendGrid: 0,
  github: 0,
  applicationInsights: 0,
};
/** Below the range from which systems hand out ports. */
const COSMOS_PORT = 19_081;

type Charges = Map<string, { requests: number; ru: number }>;

const bodyOf = async (message: IncomingMessage): Promise<Buffer> => Buffer.concat(await message.toArray());

/** What was asked of which container: `run-info POST outcome`. */
function kindOf(request: IncomingMessage, body: string): string {
  const [, , , , container = 'account', , id = ''] = (request.url ?? '').split('?')[0]!.split('/');
  const isQuery = /query/i.test(String(request.headers['content-type']));
  if (isQuery) return `${container} query`;
  const name = decodeURIComponent(id) || (/"id":"([^"]*)"/.exec(body)?.[1] ?? '');
  const type = container === CONTAINERS.runInfo.defaultName ? name.replace(/[.\d].*$/, '') || 'run' : '';
  return `${container} ${request.method} ${type}`.trim();
}

/** Stands between the apps and the embedded Cosmos DB, and adds up what it charges. */
async function meter(charges: Charges): Promise<{ endpoint: string; close(): void }> {
  const server = createServer((request, response) => {
    void (async () => {
      const body = await bodyOf(request);
      const answer = await fetch(`http://127.0.0.1:${COSMOS_PORT}${request.url}`, {
        method: request.method ?? 'GET',
        headers: Object.fromEntries(
          Object.entries(request.headers)
            .filter(([name]) => !/^(host|connection|content-length|transfer-encoding|expect)$/.test(name))
            .map(([name, value]) => [name, String(value)]),
        ),
        ...(body.length > 0 && { body }),
      });
      const kind = kindOf(request, body.toString());
      const known = charges.get(kind) ?? { requests: 0, ru: 0 };
      known.requests++;
      known.ru += Number(answer.headers.get('x-ms-request-charge') ?? 0);
      charges.set(kind, known);
      const text = (await answer.text()).replaceAll(`:${COSMOS_PORT}`, `:${port}`);
      const headers = Object.fromEntries(
        [...answer.headers].filter(([name]) => !/^(content-length|transfer-encoding|connection)$/.test(name)),
      );
      response.writeHead(answer.status, headers).end([204, 304].includes(answer.status) ? undefined : text);
    })().catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}/`, close: () => server.close().closeAllConnections() };
}

async function measure(repositories: number, batch: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'request-units-'));
  const charges: Charges = new Map();
  const meterAt = await meter(charges);
  const data = openDataFolder(folder);
  const extra = Object.fromEntries(APPS.map((app) => [app, { CosmosDB_Endpoint: meterAt.endpoint }]));
  const supervisor = new Supervisor({
    data,
    user: readUserSettings({ NumberOfReposToQueryPerCall: batch }, folder),
    apps: () => buildServices(),
    world: { seed: 1, owners: [{ login: 'acme' }], individual: [], repositories },
    ports: { ...ANY_PORT, cosmos: COSMOS_PORT },
    extra: { ...extra, scheduler: { ...extra['scheduler'], 'AzureWebJobs.schedule.Disabled': 'true' } },
    durationScale: 1,
  });
  try {
    await supervisor.start();
    for (const nth of ['first', 'second']) {
      charges.clear();
      const ended = new Promise<void>((resolve) =>
        supervisor.on('log', (record) => {
          if (record.message === 'run ended') resolve();
        }),
      );
      const url = `http://127.0.0.1:${supervisor.ports.scheduler}/api/runs`;
      const body = JSON.stringify({ fullOrgs: [{ orgName: 'acme' }] });
      const answer = await fetch(url, { method: 'POST', body });
      if (answer.status !== 202) throw new Error(await answer.text());
      await ended;
      // Its notices and the grants that are given back belong to it.
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      console.log(`${repositories} repositories in batches of ${batch}, ${nth} run`);
      const sums = new Map<string, number>();
      for (const [kind, { requests, ru }] of [...charges].sort(([a], [b]) => (a < b ? -1 : 1))) {
        console.log(`  ${kind.padEnd(32)} ${String(requests).padStart(6)} ${ru.toFixed(2).padStart(10)} RU`);
        const container = kind.split(' ')[0]!;
        sums.set(container, (sums.get(container) ?? 0) + ru);
      }
      for (const [container, ru] of sums)
        console.log(`  ${container}: ${ru.toFixed(1)} RU, ${(ru / repositories).toFixed(2)} a repository`);
    }
  } finally {
    await supervisor.stop();
    data.release();
    meterAt.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const given = process.argv.slice(2);
for (const size of given.length > 0 ? given : ['65', '650', '2600', '500/10', '1000/100']) {
  const [repositories, batch = '65'] = size.split('/');
  await measure(Number(repositories), batch);
}
