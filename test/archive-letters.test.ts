/** Dead letters of the archive's queue are shown where the others are, and sent back they lead to the run being archived. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ServiceBusClient } from '@azure/service-bus';
import { ORDERS } from '@github-repo-stats/shared/orders';
import { DEAD_LETTERS_ID, type DeadLettersSeen } from '@github-repo-stats/shared/shown-letter';
import { ARCHIVE_QUEUE } from '@github-repo-stats/shared/topology';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Health } from '../services/reporter/src/api/contract.ts';
import { ArchiveSite, SOURCES } from './archive-site.ts';

const WORLD = { repositories: 20, owners: [{ login: 'acme' }] };
let site: ArchiveSite;
let runId: string;

/** As Service Bus does with events that nobody took for as long as they live: whatever lies in the queue becomes a dead letter. */
async function expire(messages: number): Promise<unknown[]> {
  const client = new ServiceBusClient(site.pipeline.supervisor.addresses.serviceBusConnection);
  const receiver = client.createReceiver(ARCHIVE_QUEUE.name);
  const bodies: unknown[] = [];
  while (bodies.length < messages)
    for (const message of await receiver.receiveMessages(messages - bodies.length)) {
      bodies.push(message.body);
      await receiver.deadLetterMessage(message, {
        deadLetterReason: 'TTLExpiredException',
        deadLetterErrorDescription: 'The message expired.',
      });
    }
  await client.close();
  return bodies;
}

async function send(...bodies: unknown[]): Promise<void> {
  const client = new ServiceBusClient(site.pipeline.supervisor.addresses.serviceBusConnection);
  await client
    .createSender(ARCHIVE_QUEUE.name)
    .sendMessages(bodies.map((body) => ({ body, messageId: 'by-hand' })));
  await client.close();
}

async function command(...words: string[]): Promise<string> {
  const script = join(import.meta.dirname, '../local/bin/github-repo-stats.mjs');
  const api = `http://127.0.0.1:${site.pipeline.supervisor.ports.scheduler}`;
  const child = spawn(process.execPath, [script, 'deadletters', '--api', api, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [, out] = await Promise.all([once(child, 'close'), text(child.stdout)]);
  return out;
}

const sweep = () =>
  fetch(`http://127.0.0.1:${site.pipeline.supervisor.ports.scheduler}/admin/functions/sweep`, {
    method: 'POST',
    body: '{}',
  });

beforeAll(async () => {
  // The archiver is away for events, and so long that they expire.
  site = await ArchiveSite.open({
    world: WORLD,
    extra: { archiver: { 'AzureWebJobs.archive.Disabled': 'true' } },
  });
  runId = await site.pipeline.run(SOURCES);
  await site.pipeline.ended(runId);
  const [event] = await expire(1);
  await send(event, 'nonsense', { ...(event as object), data: { runInfoId: '1611127298' } });
  await expire(3);
});
afterAll(() => site.close());

it('are noted by the sweep with their run, for the page too', async () => {
  const inArchive = async () => {
    await sweep();
    const seen = await site.pipeline.document<DeadLettersSeen>('runInfo', DEAD_LETTERS_ID, ORDERS);
    return seen?.queues.find(({ queue }) => queue === ARCHIVE_QUEUE.name);
  };
  let archive = await inArchive();
  while (archive?.count !== 4) archive = await inArchive();
  expect(archive.letters).toMatchObject([
    { runId, reason: 'TTLExpiredException: The message expired.' },
    { runId, messageId: 'by-hand' },
    { problem: expect.stringContaining('cannot be understood') as string },
    { runId: '1611127298' },
  ]);
  const { deadLetters } = Health.parse(await (await site.pipeline.reporter('api/health')).json());
  expect(deadLetters?.queues.map(({ queue, count }) => [queue, count])).toEqual([
    ['resolve', 0],
    ['fetch', 0],
    ['write', 0],
    ['archive', 4],
  ]);
});

it('are listed and sent back by the command, and those of no run stay', async () => {
  const listed = await command('list');
  expect(listed).toContain('archive: 4 dead letters\n');
  expect(listed).toMatch(new RegExp(`^ {2}1 .* run ${runId}\\n +TTLExpiredException`, 'm'));
  expect(await command('resubmit', 'archive', '--numbers', '1,3,4')).toBe(
    [
      'archive: 1 dead letter sent back',
      '  3 stays: Message by-hand cannot be understood: body: Invalid input: expected object, received string',
      '  4 stays: There is no run 1611127298',
      '',
    ].join('\n'),
  );
  expect(await command('discard', 'archive', '3')).toBe('archive: dead letter 3 is discarded\n');
});

it('lead to the run being archived once the archiver is back, and after that are only removed', async () => {
  const { folder } = site.pipeline;
  await site.close(true);
  site = await ArchiveSite.open({ world: WORLD, folder });
  await site.archived(runId);
  expect((await site.documents(runId)).documents).toEqual(await site.stored(runId));
  const answer = await site.pipeline.api('deadletters/archive/resubmit', { method: 'POST' });
  expect(await answer.json()).toMatchObject({ sent: 0, settled: 1, left: [{ sequenceNumber: '4' }] });
});
