/** What survives the end of the process, in good order or by kill -9, and who may open the file meanwhile. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { delay, ServiceBusClient } from '@azure/service-bus';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { config, errorOf, isEmpty, receive, receiveOne } from './conformance-target.ts';
import { ConfigError, DataFileInUseError } from './errors.ts';
import { startServiceBus } from './server.ts';

let folder: string;
let dataFile: string;
let children: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'service-bus-'));
  dataFile = join(folder, 'broker.db');
});
afterEach(async () => {
  await Promise.all(children.map(kill));
  children = [];
  await rm(folder, { recursive: true, force: true });
});

const retryOptions = { maxRetries: 2, timeoutInMs: 2000, retryDelayInMs: 100 };

/** Runs `act` against a broker on the file, and closes both. */
async function withBroker<T>(act: (client: ServiceBusClient) => Promise<T>): Promise<T> {
  const server = await startServiceBus({ config, dataFile });
  const client = new ServiceBusClient(server.connectionString, { retryOptions });
  try {
    return await act(client);
  } finally {
    await client.close();
    await server.close();
  }
}

describe('a restart', () => {
  it('keeps messages in every state, with their sessions, properties and counts', async () => {
    const at = new Date(Date.now() + 1500);
    const deferred = await withBroker(async (client) => {
      const sender = client.createSender('plain');
      await sender.sendMessages([1, 2, 3].map((body) => ({ body, applicationProperties: { body } })));
      await sender.scheduleMessages({ body: 'later' }, at);
      const receiver = client.createReceiver('plain');
      const [one, two, three] = await receive(receiver, 3);
      await receiver.deferMessage(one!);
      await receiver.deadLetterMessage(two!, { deadLetterReason: 'R', deadLetterErrorDescription: 'D' });
      await receiver.abandonMessage(three!, { added: 'x' });
      await receive(receiver, 1);
      await client.createSender('sessions').sendMessages({ body: 's', sessionId: 'a' });
      const session = await client.acceptSession('sessions', 'a');
      await session.setSessionState('state');
      await session.close();
      return one!.sequenceNumber!;
    });
    await withBroker(async (client) => {
      const receiver = client.createReceiver('plain');
      // locked when the broker stopped: free at once, and not counted
      expect(await receiveOne(receiver)).toMatchObject({
        body: 3,
        deliveryCount: 1,
        applicationProperties: { body: 3, added: 'x' },
      });
      const [one] = await receiver.receiveDeferredMessages(deferred);
      expect(one).toMatchObject({ body: 1, state: 'deferred' });
      const dead = await receiveOne(client.createReceiver('plain', { subQueueType: 'deadLetter' }));
      expect(dead).toMatchObject({ body: 2, deadLetterReason: 'R', applicationProperties: { body: 2 } });
      expect(await receiveOne(receiver)).toMatchObject({ body: 'later' });
      expect(Date.now()).toBeGreaterThanOrEqual(at.getTime());
      const session = await client.acceptNextSession('sessions');
      expect(await session.getSessionState()).toBe('state');
      expect(await receiveOne(session)).toMatchObject({ body: 's', sessionId: 'a' });
    });
  });

  it('never gives a sequence number twice, and remembers duplicates', async () => {
    const first = await withBroker(async (client) => {
      await client.createSender('unique').sendMessages({ body: 1, messageId: 'a' });
      const receiver = client.createReceiver('unique');
      const message = await receiveOne(receiver);
      await receiver.completeMessage(message);
      return message.sequenceNumber!;
    });
    await withBroker(async (client) => {
      const sender = client.createSender('unique');
      await sender.sendMessages([
        { body: 2, messageId: 'a' },
        { body: 3, messageId: 'b' },
      ]);
      const message = await receiveOne(client.createReceiver('unique'));
      expect(message.body).toBe(3);
      expect(message.sequenceNumber!.compare(first)).toBe(1);
    });
  });

  it('takes up schedules that came due meanwhile', async () => {
    await withBroker((client) =>
      client.createSender('plain').scheduleMessages({ body: 1 }, new Date(Date.now() + 100)),
    );
    await delay(150);
    await withBroker(async (client) => {
      expect(await receiveOne(client.createReceiver('plain'))).toMatchObject({ body: 1, state: 'active' });
    });
  });

  it('refuses to forget messages of a queue that is no longer configured', async () => {
    await withBroker((client) => client.createSender('plain').sendMessages({ body: 1 }));
    const other = { UserConfig: { Namespaces: [{ Name: 'n', Queues: [{ Name: 'other' }] }] } };
    const error = await errorOf(startServiceBus({ config: other, dataFile }));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toContain("'plain'");
    const sessions = {
      ...other.UserConfig.Namespaces[0]!,
      Queues: [{ Name: 'plain', Properties: { RequiresSession: true } }],
    };
    const changed = await errorOf(
      startServiceBus({ config: { UserConfig: { Namespaces: [sessions] } }, dataFile }),
    );
    expect(changed.message).toContain('without a session id');
  });
});

/** A broker in a process of its own, which prints its connection string. */
const program = `
  const { startServiceBus } = await import(process.argv[1]);
  const [config, dataFile, port] = process.argv.slice(2);
  const server = await startServiceBus({ config: JSON.parse(config), dataFile, port: Number(port) });
  console.log(server.connectionString);
`;

async function spawnBroker(port: number): Promise<{ child: ChildProcess; connectionString: string }> {
  const source = new URL('server.ts', import.meta.url).href;
  const args = ['--input-type=module', '-e', program, source, JSON.stringify(config), dataFile, String(port)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { child, connectionString: line };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

describe('a backlog', () => {
  it('may be larger than what is held in memory, and comes in order', async () => {
    await withBroker(async (client) => {
      const sender = client.createSender('plain');
      const order = Array.from({ length: 60 }, (_, index) => index);
      for (const index of order) await sender.sendMessages({ body: `${index}:${'x'.repeat(200_000)}` });
      const receiver = client.createReceiver('plain');
      const messages = await receive(receiver, 60);
      expect(messages.map(({ body }) => parseInt(body as string, 10))).toEqual(order);
      expect(messages.every(({ body }) => (body as string).length > 200_000)).toBe(true);
    });
  });
});

describe('another process', () => {
  it('cannot open the file while a broker runs, and can once it is killed', async () => {
    const { child } = await spawnBroker(0);
    const error = await errorOf(startServiceBus({ config, dataFile }));
    expect(error).toBeInstanceOf(DataFileInUseError);
    expect(error.message).toContain(dataFile);
    await kill(child);
    const server = await startServiceBus({ config, dataFile });
    expect(server.counts()['plain']?.active).toBe(0);
    await server.close();
  });
});

describe('kill -9 under load', () => {
  it('loses nothing that was acknowledged, and delivers nothing again that was completed', async () => {
    let { child, connectionString } = await spawnBroker(0);
    const port = Number(/:(\d+);/.exec(connectionString)?.[1]);
    const client = new ServiceBusClient(connectionString, { retryOptions });
    const acknowledged = new Set<number>();
    // by sequence number: the SDK sends again what it got no answer for, so a body may come twice
    const completed = new Set<string>();
    const again: string[] = [];
    const seen = new Set<number>();
    let [next, stopped] = [0, false];

    const sender = client.createSender('plain');
    const senders = Array.from({ length: 8 }, async () => {
      while (!stopped) {
        const body = next++;
        try {
          await sender.sendMessages({ body });
          acknowledged.add(body);
        } catch {
          await delay(20); // the broker is down, or went down: unknown whether it was taken
        }
      }
    });
    const receiver = client.createReceiver('plain');
    receiver.subscribe(
      {
        async processMessage(message) {
          const number = String(message.sequenceNumber);
          if (completed.has(number)) again.push(number);
          seen.add(message.body as number);
          try {
            await receiver.completeMessage(message);
            completed.add(number);
          } catch {
            // unknown whether it was completed: it may come again
          }
        },
        async processError() {},
      },
      { maxConcurrentCalls: 8, autoCompleteMessages: false },
    );
    const until = async (condition: () => boolean) => {
      while (!condition()) await delay(10);
    };

    for (let round = 0; round < 2; round++) {
      const before = completed.size;
      await until(() => completed.size > before + 300);
      await kill(child);
      ({ child, connectionString } = await spawnBroker(port));
    }
    const before = completed.size;
    await until(() => completed.size > before + 100);
    stopped = true;
    await Promise.all(senders);
    await until(() => [...acknowledged].every((body) => seen.has(body)));
    await receiver.close();
    const rest = client.createReceiver('plain', { receiveMode: 'receiveAndDelete' });
    while (!(await isEmpty(rest)));
    await client.close();
    await kill(child);
    expect([...acknowledged].filter((body) => !seen.has(body))).toEqual([]);
    expect(again).toEqual([]);
    expect(acknowledged.size).toBeGreaterThan(600);
  });

  it('keeps the order within sessions', async () => {
    let { child, connectionString } = await spawnBroker(0);
    const port = Number(/:(\d+);/.exec(connectionString)?.[1]);
    const ids = ['a', 'b', 'c', 'd'];
    const sent = Array.from({ length: 400 }, (_, body) => ({ body, sessionId: ids[body % 4]! }));
    const received = new Map<string, number[]>(ids.map((id) => [id, []]));
    const seen = new Set<number>();
    /** A client for each life of the broker: what waits for an answer on a connection that is gone waits 60 s in the SDK. */
    const live = () => {
      const client = new ServiceBusClient(connectionString, {
        retryOptions: { ...retryOptions, maxRetries: 0 },
      });
      const { promise: death, resolve: die } = Promise.withResolvers<undefined>();
      return { client, death, die: () => die(undefined), dead: false };
    };
    let life = live();
    await life.client.createSender('sessions').sendMessages(sent);

    const work = async (mine: typeof life) => {
      const until = <T>(promise: Promise<T>): Promise<T | undefined> => Promise.race([promise, mine.death]);
      const receiver = await until(mine.client.acceptNextSession('sessions'));
      const messages = await until(receiver?.receiveMessages(20, { maxWaitTimeInMs: 200 }) ?? mine.death);
      for (const message of messages ?? []) {
        if (mine.dead) return;
        received.get(receiver!.sessionId)?.push(message.body as number);
        // seen, not completed: the broker may die between completing it and saying so
        seen.add(message.body as number);
        await until(receiver!.completeMessage(message));
      }
      if (!mine.dead) await until(receiver!.close());
    };
    const workers = Array.from({ length: 2 }, async () => {
      while (seen.size < 400) await work(life).catch(() => delay(50));
    });
    for (const enough of [100, 250]) {
      while (seen.size < enough) await delay(5);
      const { client } = life;
      life.dead = true;
      await kill(child);
      const { die } = life;
      ({ child, connectionString } = await spawnBroker(port));
      life = live();
      die();
      void client.close().catch(() => undefined);
    }
    await Promise.all(workers);
    await life.client.close();
    for (const bodies of received.values()) {
      // what was not completed comes again, but nothing comes after a later one
      expect(bodies).toEqual(bodies.toSorted((a, b) => a - b));
      expect(new Set(bodies).size).toBe(100);
    }
  });
});
