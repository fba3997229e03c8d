/** Ordering on the dashboard, in a browser: who may only read is told so, who operates sees what comes of it. */
import { ServiceBusClient } from '@azure/service-bus';
import { ORDERS } from '@github-repo-stats/shared/orders';
import { DEAD_LETTERS_ID, type DeadLettersSeen } from '@github-repo-stats/shared/shown-letter';
import { QUEUES } from '@github-repo-stats/shared/topology';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openChromium, withoutBrowser } from './chromium.ts';
import { Pipeline } from './pipeline.ts';

/** By function; under `*` that of the host, which opens all. */
const KEYS = { read: 'of-read', operate: 'of-operate', '*': 'of-the-host' };

describe.skipIf(withoutBrowser)('orders on the dashboard', () => {
  let pipeline: Pipeline;
  let browser: Browser;
  let runId: string;
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await openChromium();
    pipeline = await Pipeline.start({
      world: { repositories: 40, owners: [{ login: 'acme' }], named: ['acme/bad'] },
      durationScale: 0.05,
      extra: { reporter: { LOCAL_FUNCTION_KEYS: JSON.stringify(KEYS) } },
    });
    await pipeline.happens({ event: 'fail', target: 'acme/bad', failure: 'saml' });
    runId = await pipeline.run({ fullOrgs: [{ orgName: 'acme' }] });
    await pipeline.ended(runId);
  });
  afterAll(async () => {
    await browser?.close();
    await pipeline?.stop();
  });

  const sweep = () =>
    fetch(`http://127.0.0.1:${pipeline.supervisor.ports.scheduler}/admin/functions/sweep`, {
      method: 'POST',
      body: '{}',
    });

  /** The page, once it was given that key. */
  async function opened(path: string, key: string): Promise<Page> {
    const page = await browser.newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`http://127.0.0.1:${pipeline.supervisor.ports.reporter}${path}`);
    await page.getByLabel('Key', { exact: true }).fill(key);
    await page.getByRole('button', { name: 'Show the numbers' }).click();
    return page;
  }

  it('tells who may only read that the key may only read, and goes on showing', async () => {
    const page = await opened('/?view=failures', KEYS.read);
    await page.getByRole('button', { name: 'Run these again' }).click();
    await page.getByRole('alert').getByText('Your key may only read.').waitFor();
    expect(await page.getByRole('row', { name: /acme\/bad/ }).count()).toBe(1);
    expect(await page.getByLabel('Key', { exact: true }).count()).toBe(0);
    await page.close();
  });

  it('collects again what failed, and tells when it is ordered, sent and done', async () => {
    const page = await opened(`/?view=failures&run=${runId}`, KEYS['*']);
    await pipeline.happens({ event: 'fail', target: 'acme/bad', failure: null });
    await page.getByRole('button', { name: 'Run these again' }).click();
    await page.getByRole('status').getByText('Ordered.').waitFor();
    await sweep();
    await pipeline.ended(runId, 2);
    await page.getByRole('status').getByText('1 repository').waitFor();
    await page.getByText('0 repositories failed').waitFor();
    expect(await page.getByRole('button', { name: 'Run these again' }).count()).toBe(0);
    await page.close();
  });

  it('sends dead letters back, and tells of those that stay', async () => {
    const client = new ServiceBusClient(pipeline.supervisor.addresses.serviceBusConnection);
    await client
      .createSender(QUEUES.write.name)
      .sendMessages({ body: 'no json', messageId: 'bad', sessionId: 'write-0' });
    await client.close();
    const seen = () => pipeline.document<DeadLettersSeen>('runInfo', DEAD_LETTERS_ID, ORDERS);
    do await sweep();
    while (!(await seen())?.queues.some(({ count }) => count > 0));
    const page = await opened('/?view=health', KEYS['*']);
    await page.getByRole('button', { name: 'Send back what lies in write' }).click();
    await page.getByRole('status').getByText('Ordered.').waitFor();
    await sweep();
    await page.getByRole('status').getByText('sent back').waitFor();
    expect(await page.getByRole('status').innerText()).toMatch(/^0 sent back\. 1 stay: \S.*\.$/);
    await page.close();
  });

  it('shows who is not signed in, or not any more, where to', async () => {
    const page = await browser.newPage();
    const origin = `http://127.0.0.1:${pipeline.supervisor.ports.reporter}`;
    const problem = { type: 'about:blank', title: '', status: 401, detail: '', signIn: '/.auth/login/aad' };
    await page.route('**/api/overview', (route) => route.fulfill({ status: 401, json: problem }));
    // As what stands before the app answers whom it does not know.
    await page.route('**/api/runs*', (route) =>
      route.fulfill({ status: 302, headers: { location: 'https://login.example.org/' } }),
    );
    await page.goto(`${origin}/?view=runs`);
    const link = page.getByRole('alert').getByRole('link', { name: 'Sign in' });
    await link.waitFor();
    expect(await link.getAttribute('href')).toBe(
      '/.auth/login/aad?post_login_redirect_uri=%2F%3Fview%3Druns',
    );
    expect(await page.getByLabel('Key', { exact: true }).count()).toBe(0);
    await page.unroute('**/api/overview');
    await page.route('**/api/overview', (route) =>
      route.fulfill({ status: 302, headers: { location: 'https://login.example.org/' } }),
    );
    await page.reload();
    await link.waitFor();
    await page.close();
  });

  it('without a complaint of the browser', () => {
    expect(complaints).toEqual([]);
  });
});
