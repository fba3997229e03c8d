/** Tokens and installations of an app, from the setting to the simulated GitHub's answers, over HTTP. */
import { generateKeyPairSync } from 'node:crypto';
import { startGithub, type Github } from '@github-repo-stats/local/github/server';
import {
  GITHUB_SETTINGS,
  needsCredentials,
  readCredentials,
} from '@github-repo-stats/shared/github/credentials';
import { githubAs, type GithubClient } from '@github-repo-stats/shared/github/call';
import { readSettings } from '@github-repo-stats/shared/settings';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listPages } from '../services/resolver/src/list-pages.ts';
import { LISTING_QUERY } from '../services/resolver/src/listing.ts';

const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
});
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs1', format: 'pem' })
  .toString();
const installations = [
  { id: 901, owner: 'acme' },
  { id: 902, owner: 'initech' },
];

let github: Github;
let clients: Map<string, GithubClient>;
beforeAll(async () => {
  github = await startGithub({
    world: {
      seed: 5,
      repositories: 60,
      owners: [{ login: 'acme' }, { login: 'initech' }],
      individual: ['acme/secret', 'initech/secret'],
    },
    orders: {
      credentials: [{ name: 'narrow', token: 'ghp_narrow', owners: ['acme'] }],
      apps: [{ appId: 12, publicKey: keys.publicKey, installations }],
      events: [
        { event: 'make-private', repository: 'acme/secret' },
        { event: 'make-private', repository: 'initech/secret' },
      ],
    },
  });
  const given = [
    { name: 'narrow', token: 'ghp_narrow', owners: ['Acme'] },
    { name: 'app', appId: 12, privateKey: keys.privateKey.replaceAll('\n', '\\n'), installations },
    { name: 'gone', appId: 12, privateKey: keys.privateKey, installations: [{ id: 903, owner: 'acme' }] },
    { name: 'forged', appId: 12, privateKey: stranger, installations: [{ id: 904, owner: 'acme' }] },
  ];
  const env = {
    Github_Token: 'ghp_unknown',
    Github_Credentials: JSON.stringify(given),
    Github_GraphqlUrl: github.url,
  };
  const settings = readSettings(GITHUB_SETTINGS, env, [needsCredentials]);
  clients = new Map(readCredentials(settings).map((c) => [c.name, githubAs(settings.Github_GraphqlUrl, c)]));
});
afterAll(() => github.close());

/** Lists without a gate: what gates do is tested beside them. */
const list = (name: string, owner: string) =>
  listPages(
    { owner, exclude: [], individual: [] },
    {
      cursor: undefined,
      spent: undefined,
      batchSize: 100,
      isFirst: true,
      async list(variables) {
        const client = clients.get(name)!;
        const unprepared = await client.prepare();
        const reply =
          unprepared ?? (await client.ask(LISTING_QUERY, { ...variables }, AbortSignal.timeout(15_000)));
        return { kind: 'sent', calls: 1, reply };
      },
    },
  );
async function namesOf(name: string, owner: string): Promise<string[]> {
  const listed = await list(name, owner);
  if (listed.kind !== 'page') throw new Error(JSON.stringify(listed));
  return listed.page.repos.map((r) => r.nameWithOwner);
}

describe('each credential of the settings', () => {
  it.each([
    ['narrow', 'acme'],
    ['app-acme', 'acme'],
    ['app-initech', 'initech'],
  ])('%s lists what it may of %s', async (name, owner) => {
    expect(await namesOf(name, owner)).toContain(`${owner}/secret`);
  });

  it('sees no private repository of an owner that is not its own', async () => {
    expect(await namesOf('app-initech', 'acme')).not.toContain('acme/secret');
  });

  it('is asked with by itself: its calls are its own', async () => {
    github.oracle.resetCalls();
    await namesOf('narrow', 'acme');
    await namesOf('app-acme', 'acme');
    const { tokens } = github.oracle.calls();
    expect(Object.keys(tokens).sort()).toEqual(['app-901', 'narrow']);
  });

  it.each([
    ['default', 'a token that is unknown'],
    ['gone-acme', 'an installation that is not there'],
    ['forged-acme', 'a key that is not the app’s'],
  ])('%s is refused: %s', async (name) => {
    const listed = await list(name, 'acme');
    expect(listed.kind).toBe('refused');
    expect(JSON.stringify(listed)).not.toMatch(/ghp_|PRIVATE|eyJ/);
  });
});

describe('an installation whose token was revoked', () => {
  const order = (event: string) =>
    fetch(new URL('/_simulator/events', github.url), {
      method: 'POST',
      body: JSON.stringify({ event, credential: 'app-902' }),
    });

  it('is refused while it is so, and reads again when it is restored', async () => {
    const client = clients.get('app-initech')!;
    expect(await client.prepare()).toBeUndefined();
    await order('revoke');
    const ask = () => client.ask('{ viewer { login } }', {}, AbortSignal.timeout(15_000));
    expect(await ask()).toMatchObject({ kind: 'refused', reason: 'credentials' });
    await order('restore');
    expect(await ask()).toMatchObject({ kind: 'data' });
  });
});
