import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ROOT } from '../build/service-folders.ts';
import { Faults, faultNames } from '../github/faults.ts';
import { failures } from '../github/failure.ts';
import { readOrdersFile } from './orders-file.ts';
import { readSourcesFile, worldOf } from './sources-file.ts';

const world = { seed: 1, repositories: 20, owners: [{ login: 'acme' }], individual: ['acme/one'] };
let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orders-'));
  file = join(folder, 'faults.json');
});
afterEach(() => rm(folder, { recursive: true }));

const reading = async (text: string) => {
  await writeFile(file, text);
  return readOrdersFile(file, world);
};
async function problemsOf(orders: unknown): Promise<string[]> {
  const error: unknown = await reading(JSON.stringify(orders)).catch((reason: unknown) => reason);
  const [first, ...rest] = (error as Error).message.split('\n');
  expect(first).toBe(`${file} cannot be used:`);
  return rest;
}

test('the example can be used with the sources that are shipped', async () => {
  const { selection } = readSourcesFile(join(ROOT, 'sources.json'));
  const { orders } = await readOrdersFile(
    join(ROOT, 'local/faults.example.json'),
    worldOf(selection, 100, 1),
  );
  expect(orders.events.length).toBeGreaterThan(0);
  expect(orders.faults.length).toBeGreaterThan(0);
});

test('the file of every fault can be used with the shipped sources and 2,000 repositories, and leaves none out', async () => {
  const { selection } = readSourcesFile(join(ROOT, 'sources.json'));
  const { orders } = await readOrdersFile(join(ROOT, 'local/every-fault.json'), worldOf(selection, 2000, 1));
  const kinds = orders.faults.map(({ fault }) => (typeof fault === 'string' ? fault : Object.keys(fault)[0]));
  // Refusals have forms of their own; those without an own form are ordered by their names.
  const byForm = { 'rate-limit': 'rateLimit', 'secondary-limit': 'secondaryLimit' } as Record<string, string>;
  expect(faultNames.filter((name) => !kinds.includes(byForm[name] ?? name))).toEqual([]);
  expect(kinds).toEqual(expect.arrayContaining(['status', 'delay', 'resourceLimits', 'nulls']));
  const failing = orders.events.flatMap((event) => (event.event === 'fail' ? [event.failure] : []));
  expect(failures.filter((failure) => !failing.includes(failure))).toEqual([]);
  const secondary = orders.faults.flatMap(({ fault }) =>
    typeof fault === 'object' && 'secondaryLimit' in fault
      ? [`${fault.secondaryLimit.status} ${fault.secondaryLimit.retryAfter === null ? 'silent' : 'told'}`]
      : [],
  );
  expect(new Set(secondary).size).toBe(6);
  // Each that hits a share of the requests hits one at least of a run's first 120.
  const faults = new Faults(1);
  for (const { fault, ...order } of orders.faults) faults.next(fault, order);
  const hit = new Set(
    ['simulated', 'spare'].flatMap((token) =>
      Array.from({ length: 120 }, (_, i) => faults.take('stats', token, i)),
    ),
  );
  expect(orders.faults.filter(({ rate, fault }) => rate !== undefined && !hit.has(fault))).toEqual([]);
});

test('either list may be left out; only events make another world', async () => {
  const event = { event: 'rename', repository: 'acme/one', to: 'two' };
  const { orders, events } = await reading(JSON.stringify({ events: [event] }));
  expect(orders).toEqual({ credentials: [], apps: [], events: [event], faults: [] });
  expect(events).toMatch(/^[0-9a-f]{64}$/);
  expect(await reading('{"faults": [{"fault": "reset"}]}')).toMatchObject({
    orders: { events: [], faults: [{ fault: 'reset' }] },
    events: undefined,
  });
});

test('all mistakes of form are told with their places', async () => {
  const problems = await problemsOf({
    events: [{ event: 'rename', repository: 'one', to: 'two' }, { event: 'explode' }],
    faults: [
      { fault: 'rest' },
      { fault: { status: 999 } },
      { fault: 'reset', times: 0 },
      { fault: 'reset', times: 1, rate: 0.5 },
      { fault: { nulls: { share: 2 } } },
    ],
    fault: [],
  });
  expect(problems).toEqual([
    '  - events[0].repository: is not owner/name',
    expect.stringMatching(/^ {2}- events\[1\]\.event: /),
    expect.stringMatching(/^ {2}- faults\[0\]\.fault: is none of reset, hang, .*\{nulls\}$/),
    expect.stringMatching(/^ {2}- faults\[1\]\.fault\.status: .*599/),
    expect.stringMatching(/^ {2}- faults\[2\]\.times: /),
    '  - faults[3]: has both times and rate',
    expect.stringMatching(/^ {2}- faults\[4\]\.fault\.nulls\.share: /),
    expect.stringMatching(/"fault"/),
  ]);
});

test('events that cannot happen are told with their places', async () => {
  expect(
    await problemsOf({
      events: [
        { event: 'delete', repository: 'acme/nowhere' },
        { event: 'rename', repository: 'acme/one', to: 'two' },
        { event: 'fail', target: 'nobody', failure: 'saml' },
      ],
    }),
  ).toEqual([
    expect.stringMatching(/^ {2}- events\[0\]: .*acme\/nowhere/),
    expect.stringMatching(/^ {2}- events\[2\]: .*nobody/),
  ]);
});

test('credentials may be given; what is given twice is told without its token', async () => {
  const credentials = [
    { name: 'one', token: 'ghp_hidden' },
    { name: 'one', token: 'ghp_other' },
    { name: 'two', token: 'ghp_hidden', owners: ['acme'] },
  ];
  const apps = [{ appId: 7, publicKey: 'nothing', installations: [{ id: 1, owner: 'acme' }] }];
  expect(await problemsOf({ credentials })).toEqual([
    '  - credential one is given twice',
    '  - credential two has the token of another',
  ]);
  expect(await problemsOf({ apps })).toEqual(['  - apps[0].publicKey: is not an RSA public key in PEM form']);
  expect(
    await problemsOf({
      credentials: credentials.slice(0, 1),
      events: [
        { event: 'revoke', credential: 'one' },
        { event: 'revoke', credential: 'three' },
      ],
    }),
  ).toEqual(['  - events[1]: there is no credential three']);
});

test('a file that is not there, or no JSON, is refused', async () => {
  await expect(readOrdersFile(file, world)).rejects.toThrow(`--faults ${file}: cannot be read: ENOENT`);
  await expect(reading('{"events":')).rejects.toThrow(`--faults ${file}: is not JSON: `);
});
