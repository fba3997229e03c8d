import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import client from '@sendgrid/client';
import sendgrid from '@sendgrid/mail';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startSendGrid, type SendGrid } from './server.ts';

let directory: string;
let server: SendGrid;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sendgrid-'));
  server = await startSendGrid({ directory, port: 0 });
});
afterEach(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

function mailer() {
  client.setApiKey('SG.local');
  // After setApiKey, which sets the base address to that of the region.
  client.setDefaultRequest('baseUrl', server.url);
  sendgrid.setClient(client);
  return sendgrid;
}
const mail = {
  to: ['ada@example.org', 'grace@example.org'],
  from: 'stats@example.org',
  subject: 'Run 1611127298 completed',
  text: 'All well',
  html: '<p>All well</p>',
};

test('a mail sent by the SDK is accepted, and kept with its readable parts beside it', async () => {
  const [response] = await mailer().send(mail);
  expect(response.statusCode).toBe(202);
  const files = (await readdir(directory)).sort();
  expect(files.map((f) => f.replace(/^.*-0001/, ''))).toEqual(['.html', '.json', '.txt']);
  expect(await readFile(join(directory, files[0]!), 'utf8')).toBe(mail.html);
  expect(await readFile(join(directory, files[2]!), 'utf8')).toBe(mail.text);
  const shown = (await (await fetch(`${server.url}/mails`)).json()) as { mail: { subject: string } }[];
  expect(shown.map((m) => m.mail.subject)).toEqual([mail.subject]);
});

test('mails survive a restart, in order', async () => {
  await mailer().send(mail);
  await mailer().send({ ...mail, subject: 'second' });
  await server.close();
  server = await startSendGrid({ directory, port: 0 });
  await mailer().send({ ...mail, subject: 'third' });
  expect(server.mails().map((m) => m.mail.subject)).toEqual([mail.subject, 'second', 'third']);
});

test('what SendGrid refuses is refused in its words, with the field', async () => {
  const refusal = await mailer()
    .send({ ...mail, to: 'nobody', subject: '' })
    .catch(
      (error: unknown) => error as { code: number; response: { body: { errors: { field: string }[] } } },
    );
  expect(refusal).toMatchObject({ code: 400 });
  expect((refusal as { response: { body: { errors: { field: string }[] } } }).response.body.errors).toEqual([
    { field: 'personalizations.0.to.0.email', message: 'Does not contain a valid address.', help: null },
    { field: 'subject', message: expect.stringContaining('The subject is required') as string, help: null },
  ]);
  expect(await readdir(directory)).toEqual([]);
});

test.each([
  ['no body', 'null', null],
  [
    'no personalizations',
    '{"from":{"email":"a@b.cd"},"subject":"s","content":[{"type":"text/plain","value":"v"}]}',
    'personalizations',
  ],
  [
    'no from',
    '{"personalizations":[{"to":[{"email":"a@b.cd"}]}],"subject":"s","content":[{"type":"text/plain","value":"v"}]}',
    'from',
  ],
  [
    'no content',
    '{"personalizations":[{"to":[{"email":"a@b.cd"}]}],"from":{"email":"a@b.cd"},"subject":"s"}',
    'content',
  ],
  [
    'html before text',
    '{"personalizations":[{"to":[{"email":"a@b.cd"}]}],"from":{"email":"a@b.cd"},"subject":"s","content":[{"type":"text/html","value":"v"},{"type":"text/plain","value":"v"}]}',
    'content',
  ],
])('%s is a 400', async (_, body, field) => {
  const answer = await fetch(`${server.url}/v3/mail/send`, {
    method: 'POST',
    headers: { authorization: 'Bearer SG.x' },
    body,
  });
  expect(answer.status).toBe(400);
  expect(
    ((await answer.json()) as { errors: { field: string | null }[] }).errors.map((e) => e.field),
  ).toEqual([field]);
});

test('without a key it is a 401, and a failure asked for comes first', async () => {
  const post = () => fetch(`${server.url}/v3/mail/send`, { method: 'POST', body: '{}' });
  expect((await post()).status).toBe(401);
  server.failNext(503, 2);
  expect([(await post()).status, (await post()).status, (await post()).status]).toEqual([503, 503, 401]);
});
