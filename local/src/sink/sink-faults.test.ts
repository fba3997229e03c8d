import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { standing, type Standing } from '../faults/standing.fixture.ts';
import { startSendGrid, type SendGrid } from '../sendgrid/server.ts';

let faults: Standing<'sinks'>;
let folder: string;
let sendGrid: SendGrid;
beforeEach(async () => {
  faults = standing('sinks');
  folder = await mkdtemp(join(tmpdir(), 'sink-faults-'));
  sendGrid = await startSendGrid({
    directory: folder,
    port: 0,
    faults: { plan: faults.plan, sink: 'send-grid' },
  });
});
afterEach(async () => {
  await sendGrid.close();
  await rm(folder, { recursive: true, force: true });
});

const mail = {
  personalizations: [{ to: [{ email: 'you@example.org' }] }],
  from: { email: 'me@example.org' },
  subject: 'hello',
  content: [{ type: 'text/plain', value: 'hello' }],
};
const send = async (): Promise<number> =>
  (
    await fetch(`${sendGrid.url}/v3/mail/send`, {
      method: 'POST',
      headers: { authorization: 'Bearer key' },
      body: JSON.stringify(mail),
    })
  ).status;

it('answers with what was ordered, as often as ordered, and keeps nothing then', async () => {
  faults.order({ sink: 'send-grid', fault: { status: 429 }, times: 2 });
  expect([await send(), await send(), await send()]).toEqual([429, 429, 202]);
  expect(sendGrid.mails()).toHaveLength(1);
});

it('leaves alone what is ordered of another sink, and whoever looks in', async () => {
  faults.order({ sink: 'event-grid', fault: { status: 500 }, rate: 1 });
  expect(await send()).toBe(202);
  faults.order({ sink: 'send-grid', fault: { status: 500 }, rate: 1 });
  expect((await fetch(`${sendGrid.url}/mails`)).status).toBe(200);
});

it('closes the connection before or after it took the mail', async () => {
  faults.order(
    { sink: 'send-grid', fault: { reset: 'connection' } },
    { sink: 'send-grid', fault: { kill: 'reporter', when: 'after' } },
  );
  await expect(send()).rejects.toThrow('fetch failed');
  expect(sendGrid.mails()).toHaveLength(0);
  await expect(send()).rejects.toThrow('fetch failed');
  expect([sendGrid.mails().length, faults.killed]).toEqual([1, ['reporter']]);
});
