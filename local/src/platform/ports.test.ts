import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { ANY_PORTS, choosePorts } from './ports.ts';

test('a taken port is replaced by a free one, and said; the others stay', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const { ports, replaced, done } = await choosePorts({ ...ANY_PORTS, serviceBus: port });
  done();
  expect(replaced).toEqual([{ name: 'serviceBus', wanted: port, port: ports.serviceBus }]);
  expect(ports.serviceBus).not.toBe(port);
  expect(new Set(Object.values(ports)).size).toBe(9);
  taken.close();
});

test('of two that want the same port at the same time, one waits until the other listens', async () => {
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const wanted = { ...ANY_PORTS, cosmos: (free.address() as AddressInfo).port };
  await new Promise((resolve) => free.close(resolve));
  const first = await choosePorts(wanted);
  const second = choosePorts(wanted);
  const component = createServer().listen(first.ports.cosmos, '127.0.0.1');
  await once(component, 'listening');
  first.done();
  const { ports, done } = await second;
  done();
  component.close();
  expect(first.ports.cosmos).toBe(wanted.cosmos);
  expect(ports.cosmos).not.toBe(wanted.cosmos);
});
