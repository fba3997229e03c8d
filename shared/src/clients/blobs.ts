/** Opens the container of the archive: with a key where one is set, else with managed identity. */
import { buffer } from 'node:stream/consumers';
import type { BlobHTTPHeaders, ContainerClient, RestError } from '@azure/storage-blob';
import { azureIdentity } from './identity.ts';

export interface BlobSettings {
  /** Address of the container. */
  Archive_Url?: string | undefined;
  Archive_Key?: string | undefined;
}

/** What is known of a blob without reading it. */
export interface BlobHead {
  etag: string;
  /** Names in lower case. */
  metadata: Record<string, string>;
}

/** What a listing says of a blob. */
export interface ListedBlob {
  path: string;
  /** To compare with that of another listing. */
  etag: string;
}

export interface Blobs {
  head(path: string): Promise<BlobHead | undefined>;
  /** In one request, whose answer says whether the blob or its container is missing; the latter is thrown. */
  read(path: string): Promise<Uint8Array | undefined>;
  /**
   * Writes a blob whole, or not at all.
   * @param etag the blob that is replaced; undefined where there is none yet.
   * @returns false when that is not so any more: somebody else wrote it, and nothing was done.
   */
  write(path: string, bytes: Uint8Array, about: BlobContent, etag: string | undefined): Promise<boolean>;
  /** Those whose paths begin so. */
  list(prefix: string): AsyncIterable<ListedBlob>;
  remove(path: string): Promise<void>;
}
export interface BlobContent {
  contentType: string;
  metadata?: Record<string, string>;
}

/** https://learn.microsoft.com/rest/api/storageservices/put-blob: nothing was written where the condition does not hold. */
const NOT_SO = new Set([409, 412]);
const MISSING = 404;
const RETRY = { maxTries: 4, retryDelayInMs: 200, maxRetryDelayInMs: 5000 };

const statusOf = (error: unknown): number | undefined => (error as Partial<RestError>).statusCode;
const isNoBlob = (error: unknown): boolean =>
  statusOf(error) === MISSING && (error as { code?: unknown }).code !== 'ContainerNotFound';

/** `http://127.0.0.1:10000/account/container`, or in Azure `https://account.blob.core.windows.net/container`. */
function accountOf(address: URL): string {
  const path = address.pathname.split('/').filter(Boolean);
  return path.length > 1 ? path[0]! : address.hostname.split('.')[0]!;
}

async function open({ Archive_Url: url = '', Archive_Key: key }: BlobSettings): Promise<ContainerClient> {
  const sdk = await import('@azure/storage-blob');
  const credential = key ? new sdk.StorageSharedKeyCredential(accountOf(new URL(url)), key) : azureIdentity();
  return new sdk.ContainerClient(url, credential, { retryOptions: RETRY });
}

/** Loads the SDK when the first blob is asked for: most deliveries and sweeps find nothing to do. */
export function openBlobs(settings: BlobSettings): Blobs {
  let opened: Promise<ContainerClient> | undefined;
  const blob = async (path: string) => {
    opened ??= open(settings);
    return (await opened).getBlockBlobClient(path);
  };
  return {
    async head(path) {
      try {
        const { etag = '', metadata = {} } = await (await blob(path)).getProperties();
        return { etag, metadata };
      } catch (error) {
        // A HEAD has no body that would say what there is not.
        if (statusOf(error) === MISSING) return undefined;
        throw error;
      }
    },
    async read(path) {
      try {
        const { readableStreamBody: body } = await (await blob(path)).download();
        return body && (await buffer(body));
      } catch (error) {
        if (isNoBlob(error)) return undefined;
        throw error;
      }
    },
    async write(path, bytes, { contentType, metadata }, etag) {
      const blobHTTPHeaders: BlobHTTPHeaders = { blobContentType: contentType };
      const conditions = etag === undefined ? { ifNoneMatch: '*' } : { ifMatch: etag };
      try {
        await (
          await blob(path)
        ).upload(bytes, bytes.length, { blobHTTPHeaders, conditions, ...(metadata && { metadata }) });
        return true;
      } catch (error) {
        if (NOT_SO.has(statusOf(error) ?? 0)) return false;
        throw error;
      }
    },
    async *list(prefix) {
      opened ??= open(settings);
      for await (const { name: path, properties } of (await opened).listBlobsFlat({ prefix }))
        yield { path, etag: properties.etag };
    },
    remove: async (path) => void (await (await blob(path)).deleteIfExists()),
  };
}
