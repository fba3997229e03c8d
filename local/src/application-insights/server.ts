/** An Application Insights that keeps every item it is sent as a line of a file, as the row that Log Analytics would show. */
import { appendFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { startHttpSink, type HttpSink, type SinkReply, type SinkRequest } from '../sink/http-sink.ts';
import { RefusedEnvelope, rowOf, type Row } from './rows.ts';

/** Of the one resource that there is. It is no secret. */
const KEY = '00000000-0000-0000-0000-000000000000';

export interface ApplicationInsights extends HttpSink {
  /** What apps are given as APPLICATIONINSIGHTS_CONNECTION_STRING. */
  connectionString: string;
  /** What came: requests, the items in them, and their bytes before they were compressed. */
  received(): { requests: number; items: number; bytes: number };
}

interface Refusal {
  index: number;
  statusCode: number;
  message: string;
}

async function itemsOf({ headers, body }: SinkRequest): Promise<{ items: unknown[]; bytes: number }> {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'gzip' && encoding !== 'identity')
    throw new RefusedEnvelope('InvalidEnvelope', `content-encoding ${encoding} is not supported`);
  const text = encoding === 'gzip' ? await promisify(gunzip)(body) : body;
  const items: unknown = JSON.parse(text.toString('utf8'));
  return { items: Array.isArray(items) ? items : [items], bytes: text.length };
}

/**
 * Listens for what speaks the protocol of the ingestion endpoint (`POST /v2.1/track`), and answers when the rows are in the
 * file. What it does not understand it refuses item by item, with a named reason. `GET /received` shows what came.
 * @throws the listen error when the port is taken.
 */
export async function startApplicationInsights(options: {
  file: string;
  port: number;
  host?: string;
}): Promise<ApplicationInsights> {
  const received = { requests: 0, items: 0, bytes: 0 };
  let writing: Promise<unknown> = Promise.resolve();
  /** One append at a time, so that lines of parallel requests do not mix. */
  const keep = (rows: readonly Row[]): Promise<unknown> => {
    const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    writing = writing.catch(() => undefined).then(() => appendFile(options.file, lines));
    return writing;
  };

  const track = async (request: SinkRequest): Promise<SinkReply> => {
    const read = await itemsOf(request).catch((error: unknown) => String(error));
    if (typeof read === 'string') return reply(400, 0, [{ index: 0, statusCode: 400, message: read }]);
    const { items, bytes } = read;
    const rows: Row[] = [];
    const errors: Refusal[] = [];
    for (const [index, item] of items.entries())
      try {
        rows.push(rowOf(item, KEY));
      } catch (error) {
        if (!(error instanceof RefusedEnvelope)) throw error;
        errors.push({ index, statusCode: 400, message: error.message });
      }
    await keep(rows);
    received.requests++;
    received.items += rows.length;
    received.bytes += bytes;
    if (errors.length > 0)
      console.error(JSON.stringify({ message: 'telemetry was refused', errors: errors.slice(0, 5) }));
    return reply(errors.length === 0 ? 200 : rows.length === 0 ? 400 : 206, items.length, errors);
  };

  const sink = await startHttpSink({
    port: options.port,
    ...(options.host !== undefined && { host: options.host }),
    failureBody: (status) => ({
      itemsReceived: 0,
      itemsAccepted: 0,
      errors: [{ index: 0, statusCode: status, message: 'asked to fail' }],
    }),
    routes: {
      'POST /v2.1/track': { handle: track, failing: true },
      'GET /received': { handle: () => ({ status: 200, body: received }) },
    },
  });
  return {
    ...sink,
    connectionString: `InstrumentationKey=${KEY};IngestionEndpoint=${sink.url}/`,
    received: () => ({ ...received }),
    close: async () => {
      await sink.close();
      await writing.catch(() => undefined);
    },
  };
}

const reply = (status: number, itemsReceived: number, errors: readonly Refusal[]): SinkReply => ({
  status,
  body: { itemsReceived, itemsAccepted: itemsReceived - errors.length, errors },
});
