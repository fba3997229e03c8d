/** The browser in which tests look at mails and pages. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** @throws when there is none: a test that did not look would pass for one that did. */
function chromiumPath(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  for (const folder of folders)
    for (const name of NAMES)
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {
        // Not here.
      }
  throw new Error(
    `None of ${NAMES.join(', ')} is in the PATH, and these tests look at mails and pages in a browser. Install it, for example: apt-get install -y chromium`,
  );
}

export const openChromium = (): Promise<Browser> =>
  // No sandbox: as root, as in most containers, it does not start with one. It opens nothing but what the tests made.
  chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] });
