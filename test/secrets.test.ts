/** Marked secrets in every secret setting, through good and bad times: they are in nothing that is logged, sent, stored or told. */
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { ServiceBusClient } from '@azure/service-bus';
import { APP_SETTINGS } from '@github-repo-stats/shared/app-settings';
import { SECRET_SETTINGS, type SettingName } from '@github-repo-stats/shared/settings';
import { QUEUES, type QueueName } from '@github-repo-stats/shared/topology';
import type { Run } from '@github-repo-stats/shared/documents';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Pipeline } from './pipeline.ts';

const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
});
/** Another base64 of the same key. */
const asUsed = createPrivateKey(privateKey).export({ type: 'pkcs8', format: 'pem' }).toString();
const TOKEN = 'ghp_markedtoken000000000000000000000001';
const LISTED = 'ghp_markedlisted00000000000000000000002';
const REVOKED = 'ghp_markedrevoked0000000000000000000003';
const COSMOS_KEY = Buffer.from('marked key of Cosmos DB').toString('base64');
const MAIL_KEY = 'SG.markedmailkey.00000000000000000004';
const EVENT_KEY = 'markedeventkey00000000000000000000005';
const LANES = { resolve: 'cred-default', fetch: 'cred-default', write: 'write-0' } as const;
/** What a person sends to a queue by mistake. It has to lie there, as it was sent, until somebody discards it. */
const MISTAKE = 'ghp_markedmistake0000000000000000000006';

const installations = [{ id: 71, owner: 'initech' }];
const tokens = [
  { name: 'listed', token: LISTED, owners: ['globex'] },
  { name: 'revoked', token: REVOKED, owners: ['umbrella'] },
];
const given: Partial<Record<SettingName, string>> = {
  Github_Token: TOKEN,
  Github_Credentials: JSON.stringify([...tokens, { name: 'app', appId: 12, privateKey, installations }]),
  CosmosDB_PrimaryKey: COSMOS_KEY,
  SendGrid_API_Key: MAIL_KEY,
  EventGridKey: EVENT_KEY,
};
/** To each app what it reads of them, as in Azure. */
const extra = Object.fromEntries(
  Object.entries(APP_SETTINGS).map(([app, names]) => [
    app,
    Object.fromEntries(names.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]]))),
  ]),
);

/** Looks like a secret, whoever made it: tokens of installations, signatures, keys in connection strings. */
const LIKE_SECRETS = [
  /\bgh[psuo]_[A-Za-z0-9]{10}/,
  /PRIVATE KEY/,
  /\beyJ[\w-]+\.[\w-]+\./,
  /SharedAccessKey=[^;*]/,
  /SharedAccessSignature sr=/,
  /AccountKey=[^;*]/,
  /\b[Bb]earer [\w.-]{8}/,
  /type(=|%3[dD])master/,
];

let pipeline: Pipeline;
let folder: string;
let telemetry: string;
let marks: Record<string, string>;
let run: Run;
/** Everything that left the system or stays of it, by where. */
const found = new Map<string, string>();

/** By name, each in the forms in which it travels: as it is, base64, in an address, in JSON. */
const formsOf = (secret: string): string[] => [
  secret,
  Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  encodeURIComponent(secret),
  JSON.stringify(secret).slice(1, -1),
];

async function filesIn(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries.filter((e) => e.isFile()).map((e) => join(e.parentPath, e.name));
}
const control = (url: string, status: number, times: number): Promise<Response> =>
  fetch(new URL('/_control', url), { method: 'POST', body: JSON.stringify({ status, times }) });

/** Sends what holds a secret to every queue, and to the API, as somebody might by mistake. */
async function makeMistakes(): Promise<void> {
  const client = new ServiceBusClient(pipeline.supervisor.addresses.serviceBusConnection);
  for (const queue of Object.keys(QUEUES) as QueueName[]) {
    const bodies = [
      MISTAKE,
      { runId: MISTAKE, batchId: 7, repos: [MISTAKE], attempt: MISTAKE, cost: MISTAKE },
    ];
    await client.createSender(queue).sendMessages(bodies.map((body) => ({ body, sessionId: LANES[queue] })));
  }
  await client.close();
  const answers = [
    pipeline.api('runs', { method: 'POST', body: MISTAKE }),
    pipeline.api('runs', { method: 'POST', body: JSON.stringify({ sources: MISTAKE }) }),
    pipeline.api('sources', { method: 'PUT', body: JSON.stringify({ individualRepos: [MISTAKE] }) }),
    pipeline.api('deadletters/fetch/resubmit', {
      method: 'POST',
      body: JSON.stringify({ sequenceNumbers: MISTAKE }),
    }),
  ];
  for (const [i, answer] of answers.entries()) {
    expect((await answer).status).toBe(400);
    found.set(`answer ${i} to a mistake`, await (await answer).text());
  }
  const lettersOf = async (queue: string): Promise<string> =>
    (await pipeline.api(`deadletters?queue=${queue}`)).text();
  for (const queue of Object.keys(QUEUES) as QueueName[]) {
    let text = await lettersOf(queue);
    while (text.split('"sequenceNumber"').length < 3) text = await lettersOf(queue);
    found.set(`dead letters of ${queue}`, text);
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'secrets-'));
  telemetry = join(folder, 'telemetry.ndjson');
  pipeline = await Pipeline.start({
    world: {
      repositories: 120,
      owners: [{ login: 'acme' }, { login: 'globex' }, { login: 'initech' }, { login: 'umbrella' }],
    },
    orders: {
      credentials: [
        { name: 'default', token: TOKEN },
        ...tokens.map((t) => ({ ...t, revoked: t.token === REVOKED })),
      ],
      apps: [{ appId: 12, publicKey, installations }],
    },
    settings: { NumberOfReposToQueryPerCall: '10' },
    extra,
    telemetry,
    archive: true,
    durationScale: 0.05,
  });
  const {
    archiveKey = '',
    cosmosKey,
    serviceBusConnection,
    sendGridUrl,
    eventGridUrl,
  } = pipeline.supervisor.addresses;
  const [, serviceBusKey = ''] = /SharedAccessKey=([^;]+)/.exec(serviceBusConnection) ?? [];
  marks = {
    Github_Token: TOKEN,
    'Github_Credentials: a token': LISTED,
    'Github_Credentials: a token that is refused': REVOKED,
    'Github_Credentials: the key of an app': privateKey.split('\n')[7]!,
    'Github_Credentials: that key as it is used': asUsed.split('\n')[7]!,
    CosmosDB_PrimaryKey: COSMOS_KEY,
    CosmosDBConnection: cosmosKey,
    SendGrid_API_Key: MAIL_KEY,
    EventGridKey: EVENT_KEY,
    ServiceBusConnection: serviceBusKey,
    Archive_Key: archiveKey,
  };
  await control(sendGridUrl, 401, 1);
  await control(eventGridUrl, 403, 1);
  await pipeline.fails(
    { fault: 'not-json', times: 1 },
    { fault: 'reset', times: 1 },
    { fault: { status: 500, body: 'no' }, times: 1 },
  );
  const fullOrgs = ['acme', 'globex', 'initech', 'umbrella'].map((orgName) => ({ orgName }));
  const runId = await pipeline.run({ fullOrgs });
  await pipeline.logged((r) => r.message === 'batch written');
  // What the clients say of a platform that is away.
  for (const part of ['cosmos', 'service-bus']) pipeline.supervisor.kill(part, 'SIGKILL');
  run = await pipeline.ended(runId);
  await pipeline.logged((r) => r.message === 'run archived');
  await makeMistakes();

  for (const path of ['runs', `runs/${runId}`, 'sources'])
    found.set(`GET ${path}`, await (await pipeline.api(path)).text());
  for (const [name, container] of Object.entries(pipeline.supervisor.containers))
    found.set(`documents of ${name}`, JSON.stringify((await container.items.readAll().fetchAll()).resources));
  found.set('events', JSON.stringify(await pipeline.events()));
  found.set('mails', JSON.stringify(await pipeline.mails()));
  await pipeline.stop(true);
  found.set('logs', JSON.stringify(pipeline.logs));
  found.set('telemetry', await readFile(telemetry, 'utf8'));
  for (const file of await filesIn(pipeline.folder))
    found.set(`file ${relative(pipeline.folder, file)}`, await readFile(file, 'latin1'));
}, 180_000);
afterAll(async () => {
  await rm(pipeline.folder, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
});

const placesOf = (secret: string): string[] =>
  [...found]
    .filter(([, text]) => formsOf(secret).some((form) => text.includes(form)))
    .map(([place]) => place);

describe('marked secrets', () => {
  it('are in every secret setting', () => {
    expect(
      SECRET_SETTINGS.filter((name) => !Object.keys(marks).some((mark) => mark.startsWith(name))),
    ).toEqual([]);
    expect(Object.values(marks).filter((mark) => mark.length < 10)).toEqual([]);
  });

  it('were used: by every credential something was read, or refused, and notices were refused and then taken', async () => {
    expect(run).toMatchObject({ status: 'completed', refusedCredentials: ['revoked'] });
    expect(run.totalCreatedCount).toBeGreaterThan(80);
    const said = (text: string): number => pipeline.logs.filter((r) => r.message === text).length;
    expect(said('a notice was not taken')).toBeGreaterThanOrEqual(2);
    expect(said('message cannot be understood')).toBe(6 * QUEUES.fetch.maxDeliveryCount);
    const spoken = new Set(pipeline.logs.map((r) => r['credential']).filter((c) => c !== undefined));
    expect(spoken).toEqual(new Set(['default', 'listed', 'revoked', 'app-initech']));
  });

  it('would be found: what is no secret is, in every place', () => {
    const places = [
      'logs',
      'telemetry',
      'file cosmos.sqlite',
      `GET runs/${run.id}`,
      'events',
      'documents of runInfo',
    ];
    for (const place of places) expect([place, found.get(place)?.includes(run.id)]).toEqual([place, true]);
    const files = [...found.keys()].filter((place) => place.startsWith('file '));
    expect(files.some((f) => f.includes('service-bus.sqlite'))).toBe(true);
    expect(files.some((f) => f.includes('mail/'))).toBe(true);
    expect(files.some((f) => f.includes('logs/reporter.log'))).toBe(true);
  });

  it('are nowhere', () => {
    const there = Object.entries(marks).flatMap(([name, secret]) =>
      placesOf(secret).map((place) => `${name}: ${place}`),
    );
    expect(there).toEqual([]);
  });

  it('that were sent by mistake lie in the broker alone, as they were sent', () => {
    const there = placesOf(MISTAKE);
    expect(there.length).toBeGreaterThan(0);
    expect(there.filter((place) => !place.startsWith('file service-bus.sqlite'))).toEqual([]);
  });

  it('have left nothing that is made of them: tokens, signatures, headers', () => {
    const like = [...found]
      .filter(([place]) => !place.startsWith('file service-bus.sqlite'))
      .flatMap(([place, text]) =>
        LIKE_SECRETS.filter((form) => form.test(text)).map((form) => `${place}: ${form.source}`),
      );
    expect(like).toEqual([]);
  });
});
