/** What start and serve share: everything checked, then the platform started; and an orderly end on Ctrl-C. */
import { relative, resolve } from 'node:path';
import { buildServices } from '../build/services.ts';
import { openDataFolder, type DataFolder } from '../platform/data-folder.ts';
import { Supervisor } from '../platform/supervisor.ts';
import { UserError } from '../platform/user-error.ts';
import { readUserSettings, settingOf, type UserSettings } from '../platform/user-settings.ts';
import { DEFAULT_REPOS, type Arguments } from './arguments.ts';
import { readOrdersFile, type OrdersFile } from './orders-file.ts';
import { differences, endSession, readSession, type Session } from './session.ts';
import { readSourcesFile, worldOf, type SourcesFile } from './sources-file.ts';
import { count } from './words.ts';

export interface Prepared {
  options: Arguments;
  sources: SourcesFile;
  user: UserSettings;
  orders: OrdersFile | undefined;
  data: DataFolder;
  /** What this start is made with; what is unfinished goes on with it. */
  session: Session;
}

/** Whether the folder really has an unfinished run: a crash may have come between the end of the run and its note. */
async function unfinishedRun(data: DataFolder, user: UserSettings): Promise<string | undefined> {
  const { findUnfinishedRunIn } = await import('./unfinished.ts');
  return findUnfinishedRunIn(
    data.cosmosFile,
    settingOf('CosmosDB_DBName', user),
    settingOf('CosmosDB_RunInfoContainerName', user),
  );
}

/** @throws UserError for everything that is wrong with arguments, sources, settings and data folder. */
export async function prepare(options: Arguments): Promise<Prepared> {
  const problems: string[] = [];
  const attempt = async <T>(read: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const sources = await attempt(() => readSourcesFile(options.sources));
  const user = await attempt(() => readUserSettings(process.env, process.cwd()));
  const real = user?.values.has('Github_Token') ? 'Github_Token' : 'Github_Credentials';
  if (user && !user.simulated && options.repos !== undefined)
    problems.push(`--repos ${options.repos}: sizes the simulated GitHub, but ${real} is set`);
  if (user && !user.simulated && options.faults !== undefined)
    problems.push(`--faults ${options.faults}: scripts the simulated GitHub, but ${real} is set`);
  const { faults, repos = DEFAULT_REPOS } = options;
  const plan = sources && user && worldOf(sources.selection, repos, user.local.Simulator_Seed);
  const orders = faults === undefined ? undefined : await attempt(() => readOrdersFile(faults, plan));
  if (problems.length > 0 || !sources || !user) throw new UserError(problems);

  const data = openDataFolder(options.data);
  try {
    const now: Session = {
      sources: { file: sources.file, digest: sources.digest },
      simulated: user.simulated,
      repos,
      seed: user.local.Simulator_Seed,
      ...(orders?.events !== undefined && { events: orders.events }),
    };
    const before = readSession(data.sessionFile);
    // An estimate goes on with nothing, and leaves what is unfinished as it is.
    const different = before && !options.estimate ? differences(before, now) : [];
    if (different.length > 0) {
      const runId = await unfinishedRun(data, user);
      if (runId !== undefined)
        throw new UserError([
          `data folder ${data.path} has an unfinished run, ${runId}, that was started differently:`,
          ...different.map((d) => `  - ${d}`),
          'Start with the same options to finish it, or take another --data folder.',
        ]);
      endSession(data.sessionFile);
    }
    const key = different.length === 0 ? before?.idempotencyKey : undefined;
    return {
      options,
      sources,
      user,
      orders,
      data,
      session: { ...now, ...(key !== undefined && { idempotencyKey: key }) },
    };
  } catch (error) {
    data.release();
    throw error;
  }
}

/** The first line says where the numbers come from. */
export function sayGithub({ user, session, orders }: Prepared): void {
  if (user.simulated)
    console.log(
      `GitHub is simulated: ${count(session.repos)} invented repositories. Set Github_Token to read the real one.`,
    );
  else
    console.log(
      `Reading ${user.values.get('Github_GraphqlUrl')?.value ?? 'https://api.github.com/graphql'}.`,
    );
  if (orders)
    console.log(
      `Ordered by ${shownPath(orders.file)}: ${orders.orders.events.length} events and ${orders.orders.faults.length} faults.`,
    );
  for (const note of user.notes) console.log(`Note: ${note}`);
}

/** A supervisor for what was prepared; not started yet. @param only the one app that is needed; all of them when left out. */
export function supervisorOf(
  prepared: Prepared,
  extra: Record<string, Record<string, string>> = {},
  only?: string,
): Supervisor {
  const { data, user, session, sources, orders, options } = prepared;
  return new Supervisor({
    data,
    user,
    apps: async () => (await buildServices()).filter(({ name }) => only === undefined || name === only),
    extra,
    ...(user.simulated && { world: worldOf(sources.selection, session.repos, session.seed) }),
    ...(orders && { orders: orders.orders }),
    archive: options.archive,
    ...(options.telemetry !== undefined && { telemetry: resolve(options.telemetry) }),
  });
}

export function sayPorts(supervisor: Supervisor): void {
  for (const { name, wanted, port } of supervisor.replacedPorts)
    console.log(`Port ${wanted} (${name}) is taken; ${port} is used instead.`);
}

/** A path as it is written from here. */
export const shownPath = (path: string): string => {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short || '.';
};
