/** The process whose start is measured: loads one app through the seam of the worker, says when its functions are registered, and ends. */
import { createCoreModule, installCoreModule } from '@github-repo-stats/local/function-host/core-module';
import { loadApp, readAppFiles } from '@github-repo-stats/local/function-host/load-app';

/** What it says on its standard output. */
export interface Registered {
  /** Epoch milliseconds. */
  at: number;
  /** Processor time of the process until then, milliseconds. */
  processor: number;
  functions: number;
}

const MICROSECONDS = 1_000;
const { registry, coreModule } = createCoreModule(() => undefined);
const [, , folder] = process.argv;
if (folder !== undefined) {
  installCoreModule(coreModule);
  await loadApp(readAppFiles(folder), registry);
}
const at = performance.timeOrigin + performance.now();
const { user, system } = process.cpuUsage();
const said: Registered = {
  at,
  processor: (user + system) / MICROSECONDS,
  functions: registry.functions.size,
};
process.stdout.write(JSON.stringify(said), () => process.exit(0));
