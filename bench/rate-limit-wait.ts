/**
 * Lets GitHub announce a limit while 500 batches are queued in one lane, and counts what their wait costs on the queue.
 *
 *   npm run bench:rate-limit-wait -- [--batches 500] [--seconds 60] [--check] [--save]
 *
 * --seconds: of the limit. A batch's wait takes no more than two operations (one scheduled copy, one completion), and no delivery is lost
 * on it. Operations are told by the broker's sequence numbers: each message that is sent or
 * scheduled takes one, and a scheduled one takes another when it becomes active.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceBusClient, type ServiceBusReceivedMessage } from '@azure/service-bus';
import type { LogRecord } from '@github-repo-stats/local/platform/log-record';
import { QUEUES } from '@github-repo-stats/shared/topology';
import { Pipeline } from '../test/pipeline.ts';
import { number, readArguments, Report, whole } from './report.ts';

const MOST_OPERATIONS = 2;
/** A page of the listing holds so many; more are queued page by page. */
const PAGE = 100;
const options = readArguments('npm run bench:rate-limit-wait -- [--batches 500] [--seconds 60]', {
  batches: whole(1, 500),
  seconds: whole(1, 60),
});
const { batches } = options;
const { name: queue } = QUEUES.fetch;

const pipeline = await Pipeline.start({
  world: { repositories: batches, owners: [{ login: 'acme' }] },
  settings: { NumberOfReposToQueryPerCall: '1', AzureFunctionsJobHost__logging__logLevel__default: 'Debug' },
  orders: {
    faults: [
      // While the first call is under way, everything is listed and queued; the second is refused.
      { fault: { delay: Math.min(12, 4 + batches / PAGE) }, kind: 'stats' },
      { fault: { rateLimit: { resetAfter: options.seconds } }, kind: 'stats' },
    ],
  },
});
const client = new ServiceBusClient(pipeline.supervisor.addresses.serviceBusConnection);
const receiver = client.createReceiver(queue);

/** Everything that stands in the queue, active or scheduled. */
async function peekAll(): Promise<ServiceBusReceivedMessage[]> {
  const all: ServiceBusReceivedMessage[] = [];
  for (;;) {
    const fromSequenceNumber = all.at(-1)?.sequenceNumber?.add(1);
    const more = await receiver.peekMessages(250, { ...(fromSequenceNumber && { fromSequenceNumber }) });
    if (more.length === 0) return all;
    all.push(...more);
  }
}

/** The sequence number that the queue gives next, told by a message that nobody will ever see. */
async function nextSequenceNumber(): Promise<number> {
  const sender = client.createSender(queue);
  const message = { body: {}, sessionId: 'never', messageId: 'never' };
  const [number] = await sender.scheduleMessages(message, new Date(Date.now() + 86_400_000));
  if (!number) throw new Error('The broker named no sequence number');
  await sender.cancelScheduledMessages(number);
  await sender.close();
  return Number(number.toString());
}

/** The message id is what:attempt:wait. */
const batchOf = ({ messageId }: LogRecord | ServiceBusReceivedMessage): string =>
  String(messageId).split(':')[0] ?? '';
const isFetcher = (message: string) => (r: LogRecord) => r.app === 'fetcher' && r.message === message;
const count = (message: string): number => pipeline.logs.filter(isFetcher(message)).length;
const report = new Report(
  `GitHub announces a limit while ${batches} batches are queued in one lane: what does their wait cost on the queue?`,
);
const rows: [what: string, value: string | number][] = [];
const row = (...cells: (typeof rows)[number]): void => void rows.push(cells);

try {
  const runId = await pipeline.run({ fullOrgs: [{ orgName: 'acme' }] });
  const announced = await pipeline.logged(isFetcher('waiting'));
  const queued = new Set((await peekAll()).map(batchOf)).size;
  const over = Date.parse(String(announced['until']));
  while (count('waiting') < batches && Date.now() < over) await sleep(50);
  const left = (await peekAll()).filter((message) => message.state === 'scheduled');
  const wentAway = Math.max(...pipeline.logs.filter(isFetcher('waiting')).map((r) => Date.parse(r.time)));

  const run = await pipeline.ended(runId);
  const copies = ((await nextSequenceNumber()) - 1 - batches) / 2;
  const deadLetters = await client.createReceiver(queue, { subQueueType: 'deadLetter' }).peekMessages(100);

  const executed = pipeline.logs.filter(isFetcher('Executed'));
  const waiting = new Map(pipeline.logs.filter(isFetcher('waiting')).map((r) => [r['invocationId'], r]));
  const ofWaits = executed.filter((r) => waiting.has(r['invocationId'])).map((r) => Number(r['durationMs']));
  const waits = [...waiting.values()].map((r) => Date.parse(String(r['until'])) - Date.parse(r.time));
  const due = left.map((m) => m.scheduledEnqueueTimeUtc!.getTime()).toSorted((a, b) => a - b);
  const gaps = due
    .slice(1)
    .map((at, i) => at - due[i]!)
    .toSorted((a, b) => a - b);
  const deliveries = executed.length + count('Executed: failed');
  const waited = new Set([...waiting.values()].map(batchOf));
  const operations = (copies + deliveries - batches) / waited.size;
  const burned = deliveries - batches - copies;
  const seconds = (ms: number): string => number(ms / 1000, 1);
  const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);

  row('batches queued when the limit was announced', queued);
  row('all sent away after, s', seconds(wentAway - Date.parse(announced.time)));
  row('batches that had to wait', waited.size);
  row('copies scheduled', copies);
  row('operations per batch and wait', number(operations, 3));
  row('deliveries lost (failed or repeated)', burned);
  row('highest delivery count of a copy', Math.max(...left.map((m) => m.deliveryCount ?? 0)));
  row('dead letters', deadLetters.length);
  row('waited by all messages together, s', seconds(sum(waits)));
  row('function time paid for it, s', seconds(sum(ofWaits)));
  row('… the longest of one message, s', seconds(Math.max(...ofWaits)));
  row('copies come back over, s', seconds((due.at(-1) ?? 0) - (due[0] ?? 0)));
  row(
    'between two of them, least / median / most, ms',
    [0, 0.5, 1].map((q) => gaps[Math.round(q * (gaps.length - 1))]).join(' / '),
  );
  row('repositories stored', run.totalCreatedCount);
  report.say(`${batches} batches of one lane; GitHub announced a limit of ${options.seconds} s.`);
  report.table(['what', 'measured'], rows);
  const none = { atMost: 0, digits: 0 };
  report.bound(
    { what: 'operations per batch and wait', found: operations, atMost: MOST_OPERATIONS, digits: 3 },
    { what: 'deliveries lost', found: Math.abs(burned), ...none },
    { what: 'dead letters', found: deadLetters.length, ...none },
    { what: 'repositories not stored', found: Math.abs(batches - run.totalCreatedCount), ...none },
  );
} finally {
  await client.close();
  await pipeline.stop();
}
report.end(options);
