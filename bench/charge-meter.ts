/** Stands between apps and the embedded Cosmos DB in benches, and tells what it charges for each operation. */
import { createServer, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { operationsOf, type Operation } from './charged-operations.ts';

/** Where the embedded Cosmos DB listens meanwhile, unless another is named: below the range from which systems hand out ports. */
export const COSMOS_PORT = 19_081;

/** By container and kind of operation: `run-info create outcome`. */
export type Charges = Map<string, { requests: number; ru: number }>;

const bodyOf = async (message: IncomingMessage): Promise<Buffer> => Buffer.concat(await message.toArray());

/**
 * @param charges what it adds to.
 * @param told of each operation, when it has been answered.
 * @param cosmosPort where the embedded Cosmos DB listens.
 */
export async function startChargeMeter(
  charges: Charges,
  told: (operation: Operation) => void = () => {},
  cosmosPort: number = COSMOS_PORT,
): Promise<{ endpoint: string; close(): void }> {
  const server = createServer((request, response) => {
    void (async () => {
      const body = await bodyOf(request);
      const answer = await fetch(`http://127.0.0.1:${cosmosPort}${request.url}`, {
        method: request.method ?? 'GET',
        headers: Object.fromEntries(
          Object.entries(request.headers)
            .filter(([name]) => !/^(host|connection|content-length|transfer-encoding|expect)$/.test(name))
            .map(([name, value]) => [name, String(value)]),
        ),
        ...(body.length > 0 && { body }),
      });
      const text = await answer.text();
      const charge = Number(answer.headers.get('x-ms-request-charge') ?? 0);
      const { method = 'GET', url = '/', headers: asked } = request;
      const exchange = { method, url, headers: asked, body: body.toString() };
      for (const operation of operationsOf({
        ...exchange,
        answer: { status: answer.status, charge, text },
      })) {
        const { container, verb, type, ru } = operation;
        const kind = `${container} ${verb} ${type}`.trim();
        const known = charges.get(kind) ?? { requests: 0, ru: 0 };
        charges.set(kind, { requests: known.requests + 1, ru: known.ru + ru });
        told(operation);
      }
      const headers = Object.fromEntries(
        [...answer.headers].filter(([name]) => !/^(content-length|transfer-encoding|connection)$/.test(name)),
      );
      response
        .writeHead(answer.status, headers)
        .end([204, 304].includes(answer.status) ? undefined : text.replaceAll(`:${cosmosPort}`, `:${port}`));
    })().catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}/`, close: () => server.close().closeAllConnections() };
}
