/** Measures the request units of whole runs by container and kind of request: `node bench/request-units.ts [REPOSITORIES[/BATCH]...]`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildServices } from '@github-repo-stats/local/build/services';
import { openDataFolder } from '@github-repo-stats/local/platform/data-folder';
import { ANY_PORTS } from '@github-repo-stats/local/platform/ports';
import { Supervisor } from '@github-repo-stats/local/platform/supervisor';
import { readUserSettings } from '@github-repo-stats/local/platform/user-settings';
import { COSMOS_PORT, startChargeMeter, type Charges } from './charge-meter.ts';

const APPS = ['scheduler', 'resolver', 'fetcher', 'writer', 'reporter'];
async function measure(repositories: number, batch: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'request-units-'));
  const charges: Charges = new Map();
  const meterAt = await startChargeMeter(charges);
  const data = openDataFolder(folder);
  const extra = Object.fromEntries(APPS.map((app) => [app, { CosmosDB_Endpoint: meterAt.endpoint }]));
  const supervisor = new Supervisor({
    data,
    user: readUserSettings({ NumberOfReposToQueryPerCall: batch }, folder),
    apps: () => buildServices(),
    world: { seed: 1, owners: [{ login: 'acme' }], individual: [], repositories },
    ports: { ...ANY_PORTS, cosmos: COSMOS_PORT },
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
