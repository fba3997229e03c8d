/** The command for dead letters, against a scheduler that runs: they are listed, sent back and discarded, and mistakes are told. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ServiceBusClient } from '@azure/service-bus';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Pipeline } from './pipeline.ts';

const KEY = 'key-that-nobody-may-see';
let pipeline: Pipeline;

beforeAll(async () => {
  pipeline = await Pipeline.start({
    world: { repositories: 5, owners: [{ login: 'acme' }] },
    durationScale: 0.05,
  });
});
afterAll(() => pipeline.stop());

async function command(...words: string[]): Promise<{ code: unknown; out: string; err: string }> {
  const script = join(import.meta.dirname, '../local/bin/github-repo-stats.mjs');
  const api = `http://127.0.0.1:${pipeline.supervisor.ports.scheduler}`;
  const child = spawn(process.execPath, [script, 'deadletters', '--api', api, ...words], {
    env: { ...process.env, GITHUB_REPO_STATS_KEY: KEY },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [[code], out, err] = await Promise.all([
    once(child, 'close'),
    text(child.stdout),
    text(child.stderr),
  ]);
  expect(`${out}${err}`).not.toContain(KEY);
  return { code: code as unknown, out, err };
}

interface Listed {
  queues: { queue: string; letters: { sequenceNumber: string; runId?: string }[] }[];
}
const listed = async (): Promise<Listed> => JSON.parse((await command('list', '--json')).out) as Listed;
const numbers = ({ queues }: Listed): string[] =>
  queues.flatMap((q) => q.letters.map((l) => l.sequenceNumber));

it('lists nothing, then what could not be handled, with its reason; sends back what can be, and discards the rest', async () => {
  expect(await command()).toEqual({ code: 0, out: 'resolve: none\nfetch: none\nwrite: none\n', err: '' });

  const client = new ServiceBusClient(pipeline.supervisor.addresses.serviceBusConnection);
  const unknown = { runId: '1611127298', batchId: 'b-s00001-00001-1' };
  await client.createSender('fetch').sendMessages(
    [unknown, { runId: 'one\u001b[2J' }].map((body) => ({
      body,
      sessionId: 'x',
      messageId: 'from-somebody',
    })),
  );
  await client.close();
  while (numbers(await listed()).length < 2);
  const letters = await listed();
  const [first, second] = numbers(letters);
  expect(letters.queues.find((q) => q.queue === 'fetch')?.letters[0]).toMatchObject(unknown);

  const shown = (await command('list')).out;
  expect(shown).toContain('fetch: 2 dead letters');
  expect(shown).toMatch(
    new RegExp(`^ {2}${first} .* run 1611127298, batch b-s00001-00001-1\\n +MaxDeliveryCount`, 'm'),
  );
  expect(shown).toMatch(
    new RegExp(`^ {2}${second} .* message from-somebody\\n.*runId: is not an epoch second`, 'm'),
  );

  const again = await command('resubmit', 'fetch');
  expect(again.code).toBe(1);
  expect(again.out).toContain('fetch: 0 dead letters sent back');
  expect(again.out).toContain(`${first} stays: There is no batch b-s00001-00001-1 in run 1611127298`);
  expect((await command('resubmit', 'fetch', '--numbers', '999', '--json')).out).toContain(
    '"missing":["999"]',
  );

  expect((await command('discard', 'fetch', first!)).out).toBe(`fetch: dead letter ${first} is discarded\n`);
  expect(numbers(await listed())).toEqual([second]);
  const gone = await command('discard', 'fetch', first!);
  expect([gone.code, gone.err]).toEqual([
    2,
    `There is no dead letter ${first} in fetch that can be had now\n`,
  ]);
});

it('tells mistakes before it asks', async () => {
  const { code, err } = await command('resubmit', 'nowhere', '--numbers', 'x');
  expect(code).toBe(2);
  expect(err).toContain(
    '  - nowhere: is not a queue (resolve, fetch, write, archive)\n  - --numbers: x is not the number',
  );
});
