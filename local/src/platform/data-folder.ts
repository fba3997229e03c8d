/** The folder that holds everything the platform stores: where things lie in it, and that one process uses it at a time. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { UserError } from './user-error.ts';

export interface DataFolder {
  path: string;
  serviceBusFile: string;
  cosmosFile: string;
  eventGrid: string;
  mail: string;
  /** Of the archive. */
  azurite: string;
  /** What questions to the archive keep for the next time. */
  analytics: string;
  logs: string;
  /** When each timer fired last. */
  state: string;
  /** What the unfinished run was started with. */
  sessionFile: string;
  /** Lets another process use the folder; the operating system does it too, however this process ends. */
  release(): void;
}

/** Step by step: where a folder cannot be created (under /proc, say), Node's own `recursive` never ends. */
function createFolder(path: string): void {
  if (existsSync(path)) return;
  createFolder(dirname(path));
  mkdirSync(path);
}

/** A database that is garbage loses its lock, so those that hold one are kept here. */
const held = new Set<DatabaseSync>();

/**
 * SQLite's file lock is the kernel's, so it is gone with the process, kill -9 included, and needs no clean-up.
 * The process id stands in a file beside it, for the message to the other process only.
 */
function lock(folder: string): DatabaseSync {
  const pidFile = join(folder, 'lock.pid');
  const database = new DatabaseSync(join(folder, 'lock.sqlite'), { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!/locked|busy/i.test(String(error))) throw error;
    throw new UserError([`data folder ${folder} is in use by process ${readPid(pidFile)}`]);
  }
  writeFileSync(pidFile, String(process.pid));
  held.add(database);
  return database;
}

function readPid(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim() || 'unknown';
  } catch {
    return 'unknown';
  }
}

/**
 * Creates the folder where needed and locks it.
 * @throws UserError when another process uses it, or when it cannot be created.
 */
export function openDataFolder(path: string): DataFolder {
  const folder = resolve(path);
  const part = (name: string): string => join(folder, name);
  try {
    for (const name of ['', 'event-grid', 'mail', 'logs', 'state']) createFolder(part(name));
  } catch (error) {
    throw new UserError([`data folder ${folder} cannot be created: ${(error as Error).message}`]);
  }
  const database = lock(folder);
  return {
    path: folder,
    serviceBusFile: part('service-bus.sqlite'),
    cosmosFile: part('cosmos.sqlite'),
    eventGrid: part('event-grid'),
    mail: part('mail'),
    azurite: part('azurite'),
    analytics: part('analytics'),
    logs: part('logs'),
    state: part('state'),
    sessionFile: part('session.json'),
    release: () => {
      if (held.delete(database)) database.close();
    },
  };
}
