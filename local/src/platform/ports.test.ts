import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { choosePorts } from './ports.ts';

test('a taken port is replaced by a free one, and said; the others stay', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const { ports, replaced } = await choosePorts({
    serviceBus: port,
    cosmos: 0,
    scheduler: 0,
    reporter: 0,
    eventGrid: 0,
    sendGrid: 0,
    applicationInsights: 0,
    azurite: 0,
    github: 0,
  });
  expect(replaced).toEqual([{ name: 'serviceBus', wanted: port, port: ports.serviceBus }]);
  expect(ports.serviceBus).not.toBe(port);
  expect(new Set(Object.values(ports)).size).toBe(9);
  taken.close();
});
