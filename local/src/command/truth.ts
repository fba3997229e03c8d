/** `truth`: what is true in the simulated GitHub, one JSON line per repository, to compare results with. */
import { once } from 'node:events';
import { readUserSettings } from '../platform/user-settings.ts';
import { DEFAULT_REPOS, type Arguments } from './arguments.ts';
import { readOrdersFile } from './orders-file.ts';
import { readSourcesFile, worldOf } from './sources-file.ts';

/** @throws UserError when the sources or settings are wrong. */
export async function truth({ sources, repos = DEFAULT_REPOS, faults }: Arguments): Promise<number> {
  const { selection } = readSourcesFile(sources);
  const { Simulator_Seed: seed } = readUserSettings(process.env, process.cwd()).local;
  const plan = worldOf(selection, repos, seed);
  const file = faults === undefined ? undefined : await readOrdersFile(faults, plan);
  const [{ createWorld }, { truthOf }, { orderEvents, happenLate }, { Credentials }, { Agenda }] =
    await Promise.all([
      import('../github/world.ts'),
      import('../github/truth.ts'),
      import('../github/carry-out.ts'),
      import('../github/credentials.ts'),
      import('../github/agenda.ts'),
    ]);
  const world = createWorld(plan);
  const stage = { world, credentials: new Credentials(file?.orders ?? {}) };
  const agenda = new Agenda();
  orderEvents(stage, agenda, file?.orders.events ?? []);
  // As after the last of them: an event that waits for a call has happened, too.
  for (const due of agenda.rest()) happenLate(stage, due);
  for (const row of truthOf(world))
    if (!process.stdout.write(`${JSON.stringify(row)}\n`)) await once(process.stdout, 'drain');
  return 0;
}
