/** What the archive counts on of Blob Storage, against Microsoft's emulator of it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBlobs, type Blobs } from '@github-repo-stats/shared/clients/blobs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startAzurite, type Azurite } from './server.ts';

let directory: string;
let azurite: Azurite;
let blobs: Blobs;
const open = async (): Promise<void> => {
  azurite = await startAzurite({ directory, port: 0 });
  blobs = openBlobs({ Archive_Url: azurite.url, Archive_Key: azurite.key });
};
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'azurite-'));
  await open();
});
afterAll(async () => {
  await azurite.close();
  await rm(directory, { recursive: true });
});

const text = { contentType: 'text/plain' };
const bytes = (of: string): Buffer => Buffer.from(of);
const read = async (path: string): Promise<string | undefined> => {
  const found = await blobs.read(path);
  return found && Buffer.from(found).toString();
};
const list = async (prefix: string): Promise<string[]> => {
  const paths: string[] = [];
  for await (const { path } of blobs.list(prefix)) paths.push(path);
  return paths;
};

it('knows nothing of a blob that was not written', async () => {
  expect([await blobs.head('a/none'), await blobs.read('a/none'), await list('a/none')]).toEqual([
    undefined,
    undefined,
    [],
  ]);
  await expect(blobs.remove('a/none')).resolves.toBeUndefined();
});

it('creates a blob once, with what is said of it', async () => {
  const metadata = { revision: '1', sums: '{"stars":3}' };
  expect(await blobs.write('a/once', bytes('first'), { ...text, metadata }, undefined)).toBe(true);
  expect(await blobs.write('a/once', bytes('second'), text, undefined)).toBe(false);
  expect([await read('a/once'), (await blobs.head('a/once'))?.metadata]).toEqual(['first', metadata]);
});

it('replaces a blob that nobody wrote since, and no other', async () => {
  await blobs.write('a/twice', bytes('first'), text, undefined);
  const { etag } = (await blobs.head('a/twice'))!;
  expect(await blobs.write('a/twice', bytes('second'), text, etag)).toBe(true);
  expect(await blobs.write('a/twice', bytes('third'), text, etag)).toBe(false);
  expect(await read('a/twice')).toBe('second');
  await blobs.remove('a/twice');
  expect(await blobs.write('a/twice', bytes('fourth'), text, etag)).toBe(false);
});

it('lists what begins alike', async () => {
  for (const path of ['b/run=1/x', 'b/run=1/y', 'b/run=12/z'])
    await blobs.write(path, bytes('.'), text, undefined);
  expect(await list('b/run=1/')).toEqual(['b/run=1/x', 'b/run=1/y']);
});

it('says that a container is missing, rather than that a blob is', async () => {
  const other = openBlobs({
    Archive_Url: azurite.url.replace(/archive$/, 'other'),
    Archive_Key: azurite.key,
  });
  await expect(other.read('a')).rejects.toMatchObject({ statusCode: 404 });
  await expect(other.write('a', bytes('.'), text, undefined)).rejects.toMatchObject({ statusCode: 404 });
});

it('takes no other key, and does not repeat it', async () => {
  const key = Buffer.from('marked').toString('base64');
  const error: unknown = await openBlobs({ Archive_Url: azurite.url, Archive_Key: key })
    .head('a/once')
    .catch((e: unknown) => e);
  expect(error).toMatchObject({ statusCode: 403 });
  expect(String(error)).not.toContain(key);
});

it('has everything again after it was stopped', async () => {
  await azurite.close();
  await open();
  expect(await read('a/once')).toBe('first');
});
