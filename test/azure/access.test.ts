/** Waiting for roles: what counts as a refusal, by what the real SDKs throw, and when waiting ends. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CosmosClient } from '@azure/cosmos';
import { ServiceBusError } from '@azure/service-bus';
import { afterEach, expect, it } from 'vitest';
import { awaitAccess, isRefusal } from './access.ts';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));
const refusal = () => Promise.reject(new ServiceBusError('no', 'UnauthorizedAccess'));

/** What Cosmos DB's SDK throws at an account that answers so. */
async function thrownAt(code: number): Promise<unknown> {
  const server = createServer((_request, response) => response.writeHead(code).end('{}'));
  closing.push(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new CosmosClient({ endpoint, key: 'a2V5' });
  closing.push(() => client.dispose());
  return client
    .database('d')
    .read()
    .catch((error: unknown) => error);
}

it('knows a refusal from another failure', async () => {
  expect(isRefusal(await thrownAt(403))).toBe(true);
  expect(isRefusal(await thrownAt(401))).toBe(true);
  expect(isRefusal(await thrownAt(400))).toBe(false);
  expect(isRefusal(new ServiceBusError('no', 'UnauthorizedAccess'))).toBe(true);
  expect(isRefusal(new ServiceBusError('no', 'MessagingEntityNotFound'))).toBe(false);
});

it('tries each thing until none is refused, with a pause between', async () => {
  const done: string[] = [];
  const said: string[] = [];
  let tries = 0;
  await awaitAccess(
    {
      first: () => (++tries < 3 ? refusal() : Promise.resolve(done.push('first'))),
      second: () => Promise.resolve(done.push('second')),
    },
    {
      tries: 3,
      pauseMs: 7,
      pause: (ms) => Promise.resolve(done.push(`pause ${ms}`)),
      say: (line) => said.push(line),
    },
  );
  expect(done).toEqual(['pause 7', 'pause 7', 'first', 'second']);
  expect(said).toEqual(
    Array.from({ length: 2 }, () => 'Access to first is refused: the role is not yet known.'),
  );
});

it('gives up in the end, and at once for what is no refusal', async () => {
  let tries = 0;
  const patience = { tries: 4, pauseMs: 0, say: () => undefined };
  await expect(awaitAccess({ sending: () => (tries++, refusal()) }, patience)).rejects.toThrow(
    'Access to sending is still refused.',
  );
  expect(tries).toBe(4);
  const gone = () => Promise.reject(new Error('no such queue'));
  await expect(awaitAccess({ sending: gone }, patience)).rejects.toThrow('no such queue');
});
