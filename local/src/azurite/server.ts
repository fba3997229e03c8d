/** Azurite's blob service, Microsoft's own emulator of Blob Storage, with one container for the archive. */
import { createRequire } from 'node:module';
import type { Server } from 'node:http';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BLOB_CONTAINER } from '@github-repo-stats/shared/topology';

/** The only account and key that Azurite has, known to everybody. https://learn.microsoft.com/azure/storage/common/storage-use-azurite */
const ACCOUNT = 'devstoreaccount1';
const KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
const HOST = '127.0.0.1';
const KEEP_ALIVE_SECONDS = 5;

/** What is used of Azurite, which declares no types: its version is pinned, and another shape fails at the start. */
interface Database {
  saveDatabase(done: (error?: Error) => void): void;
}
interface BlobServer {
  readonly httpServer: Server;
  readonly metadataStore: { readonly db: Database };
  readonly extentMetadataStore: { readonly db: Database };
  start(): Promise<void>;
  close(): Promise<void>;
}
type Constructor<A extends unknown[], T> = { default: new (...args: A) => T };

export interface Azurite {
  /** Address of the archive's container. */
  url: string;
  key: string;
  close(): Promise<void>;
}

const load = createRequire(import.meta.url);

/** @throws the listen error when the port is taken. */
export async function startAzurite(options: { directory: string; port: number }): Promise<Azurite> {
  const { directory, port } = options;
  await mkdir(directory, { recursive: true });
  const { default: Configuration } = load('azurite/dist/src/blob/BlobConfiguration') as Constructor<
    unknown[],
    object
  >;
  const { default: Server } = load('azurite/dist/src/blob/BlobServer') as Constructor<[object], BlobServer>;
  const place = (name: string): string => join(directory, name);
  const extents = [{ locationId: 'Default', locationPath: place('blobs'), maxConcurrency: 10 }];
  // No log of requests, nor of itself; strict; of any version of the API, since the SDK is ahead of the emulator.
  const how = [false, undefined, false, undefined, false, true];
  const where = [HOST, port, KEEP_ALIVE_SECONDS, place('blobs.json'), place('extents.json'), extents];
  const configuration = new Configuration(...where, ...how);
  const server = new Server(configuration);
  await server.start();
  saveAtOnce(server);
  const { port: at } = server.httpServer.address() as { port: number };
  const account = `http://${HOST}:${at}/${ACCOUNT}`;
  await createContainer(account);
  return { url: `${account}/${BLOB_CONTAINER}`, key: KEY, close: () => server.close() };
}

/** By itself it writes down what blobs there are every five seconds; here as soon as one was written, so that little is lost when it is killed. */
function saveAtOnce({ httpServer, metadataStore, extentMetadataStore }: BlobServer): void {
  httpServer.on('request', ({ method }, response) => {
    if (method === 'GET' || method === 'HEAD') return;
    response.once('finish', () => {
      for (const { db } of [extentMetadataStore, metadataStore]) db.saveDatabase(() => undefined);
    });
  });
}

async function createContainer(account: string): Promise<void> {
  const { BlobServiceClient, StorageSharedKeyCredential } = await import('@azure/storage-blob');
  const service = new BlobServiceClient(account, new StorageSharedKeyCredential(ACCOUNT, KEY));
  await service.getContainerClient(BLOB_CONTAINER).createIfNotExists();
}
