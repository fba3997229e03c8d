/** How mails look in a browser, on a telephone and on a screen, light and dark. With MAIL_SCREENSHOTS=folder their pictures are kept there. */
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runOf } from '../shared/src/run.fixture.ts';
import { alertsOf } from '../services/reporter/src/alerts.ts';
import {
  ALERTS,
  factsOf,
  fullestFacts,
  qualityOf,
  summaryOf,
} from '../services/reporter/src/mail.fixture.ts';
import { mailText } from '../services/reporter/src/mail-text.ts';
import { openChromium, withoutBrowser } from './chromium.ts';

const MAILS = {
  usual: factsOf({ summary: summaryOf({ alerts: alertsOf(ALERTS), quality: qualityOf() }) }),
  fullest: fullestFacts(),
  stalled: factsOf({
    run: runOf({ status: 'stalled', stalledCause: `Dead letters in ${'x'.repeat(300)}: 3` }),
    kind: 'stalled',
    summary: undefined,
  }),
  started: factsOf({ run: runOf(), kind: 'start', summary: undefined }),
};
const KEPT = process.env['MAIL_SCREENSHOTS'];

interface Seen {
  width: number;
  beyond: number;
  preheader: number;
  background: string;
  colours: string[];
}
/** In the page, where there are other names than here. */
const LOOK = `(() => {
  const all = [...document.querySelectorAll('main *')];
  return {
    width: document.documentElement.scrollWidth,
    beyond: all.filter((element) => element.getBoundingClientRect().right > innerWidth).length,
    preheader: document.querySelector('body > div').getBoundingClientRect().height,
    background: getComputedStyle(document.body).backgroundColor,
    colours: [...new Set(all.map((element) => getComputedStyle(element).color))],
  };
})()`;

/** WCAG's contrast of two colours as CSS spells them. */
function contrast(a: string, b: string): number {
  const luminance = (colour: string): number => {
    const [r = 0, g = 0, blue = 0] = [...colour.matchAll(/[\d.]+/g)].map(([part]) => {
      const share = Number(part) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * blue;
  };
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

let browser: Browser;
beforeAll(async () => {
  if (!withoutBrowser) browser = await openChromium();
});
afterAll(() => browser?.close());

describe.skipIf(withoutBrowser).each(Object.entries(MAILS))('the %s mail', (name, facts) => {
  const mail = mailText(facts);

  it('has at most 40 KB, HTML and plain text together', () => {
    expect(Buffer.byteLength(mail.html + mail.text)).toBeLessThanOrEqual(40 * 1024);
  });

  it.each(['light', 'dark'] as const)(
    'fits a telephone of 375 points, %s, and can be read',
    async (scheme) => {
      const page = await browser.newPage({
        viewport: { width: 375, height: 800 },
        colorScheme: scheme,
      });
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      try {
        await page.setContent(mail.html);
        const seen = await page.evaluate<Seen>(LOOK);
        expect(seen).toMatchObject({ width: 375, beyond: 0, preheader: 0 });
        expect(seen.colours.filter((colour) => contrast(colour, seen.background) < 4.5)).toEqual([]);
        expect(seen.colours.length).toBeGreaterThan(1);
        expect(contrast(seen.background, scheme === 'light' ? '255 255 255' : '0 0 0')).toBeLessThan(1.2);
        expect(asked).toEqual([]);
        if (KEPT !== undefined)
          await page.screenshot({ path: join(KEPT, `${name}-${scheme}.png`), fullPage: true });
      } finally {
        await page.close();
      }
    },
  );
});
