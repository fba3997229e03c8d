// Loads one function app folder the way the Node worker does: package.json `main`, one CommonJS bundle, nothing else.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { AppRegistry } from './core-module.ts';
import { HostStartError, messageOf } from './problems.ts';
import { holdStreamServer, type StreamServer } from './stream-server.ts';

export interface AppFiles {
  folder: string;
  /** The name in package.json without its scope. */
  name: string;
  entry: string;
  hostJson: unknown;
}

/** Reads the two JSON files and finds the entry; throws HostStartError naming the file. */
export function readAppFiles(appFolder: string): AppFiles {
  const folder = path.resolve(appFolder);
  const packageJson = readJson(path.join(folder, 'package.json'));
  const hostJson = readJson(path.join(folder, 'host.json'));
  const { name, main } = packageJson as { name?: unknown; main?: unknown };
  if (typeof name !== 'string') throw new HostStartError([`${folder}/package.json has no "name".`]);
  if (typeof main !== 'string') throw new HostStartError([`${folder}/package.json has no "main".`]);
  if (/[*?{}[\]]/.test(main)) {
    throw new HostStartError([
      `package.json "main" is a pattern ('${main}'), which the local Functions host refuses.`,
    ]);
  }
  const entry = path.join(folder, main);
  // The worker takes `main` as a file pattern: no folder, no missing extension.
  if (!existsSync(entry)) throw new HostStartError([`package.json "main": there is no file ${entry}.`]);
  if (!/\.c?js$/.test(entry)) {
    throw new HostStartError([`package.json "main" must be a CommonJS bundle (main.cjs), found '${main}'.`]);
  }
  return { folder, name: name.replace(/^@[^/]+\//, ''), entry, hostJson };
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new HostStartError([`${file} cannot be read: ${messageOf(error)}`], { cause: error });
  }
}

/**
 * Runs the bundle, its appStart hooks and the library's start; registration is closed afterwards. Throws HostStartError with
 * the reason when the bundle throws, and when nothing was registered (the library's silent test mode).
 * Returns where the app takes http requests itself, if it streams.
 */
export async function loadApp(files: AppFiles, registry: AppRegistry): Promise<StreamServer | undefined> {
  try {
    const exported: unknown = createRequire(files.entry)(files.entry);
    // The worker awaits a promise that is exported as a whole.
    if (exported instanceof Promise) await exported;
  } catch (error) {
    throw new HostStartError([`${files.name} failed while loading: ${messageOf(error)}`], { cause: error });
  }
  const { model } = registry;
  if (registry.functions.size === 0 || !model) {
    throw new HostStartError([
      `${files.name} registered no function: either it calls app.* too late, or its bundle does not reach ` +
        `@azure/functions-core (it must be external to the bundle).`,
    ]);
  }
  const { appHookData } = registry;
  for (const hook of registry.hooks.appStart) {
    await hook({ hookData: {}, appHookData, functionAppDirectory: files.folder });
  }
  const streamServer = await holdStreamServer(async () => (await model.getCapabilities?.({})) ?? {});
  registry.locked = true;
  return streamServer;
}

/** Lets the bundle be loaded afresh in this process. */
export function forgetApp(files: AppFiles): void {
  delete createRequire(files.entry).cache[files.entry];
}
