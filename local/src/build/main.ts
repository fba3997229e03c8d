/** `npm run build`: bundles the function apps. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { buildServices, BuildError, shownFolder } from './services.ts';

try {
  for (const { name, folder, rebuilt } of await buildServices()) {
    const kilobytes = Math.round(statSync(join(folder, 'main.cjs')).size / 1024);
    console.log(`${name.padEnd(10)} ${shownFolder(folder)} ${kilobytes} KB${rebuilt ? '' : ' (unchanged)'}`);
  }
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
