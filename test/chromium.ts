/** The browser in which tests look at mails and pages. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  for (const folder of folders)
    for (const name of NAMES)
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {
        // Not here.
      }
  return undefined;
}

const executablePath = findChromium();
const MISSING = `None of ${NAMES.join(', ')} is in the PATH, and these tests look at mails and pages in a browser. Install it, for example: apt-get install -y chromium`;

/**
 * Whether tests in a browser are left out: on a machine that has none, unless BROWSER_TESTS=required, as in CI, where they then fail.
 * It is said on the console, since a test that did not look is none that passed.
 */
export const withoutBrowser = executablePath === undefined && process.env['BROWSER_TESTS'] !== 'required';
if (withoutBrowser) console.warn(`Left out: ${MISSING}`);

/** @throws when there is none. */
export function openChromium(): Promise<Browser> {
  if (executablePath === undefined) throw new Error(MISSING);
  // No sandbox: as root, as in most containers, it does not start with one. It opens nothing but what the tests made.
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}
