/** Stands between apps and the embedded Cosmos DB in benches, and adds up what it charges, by container and kind of request. */
import { createServer, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { CONTAINERS } from '@github-repo-stats/shared/topology';

/** Where the embedded Cosmos DB listens meanwhile: below the range from which systems hand out ports. */
export const COSMOS_PORT = 19_081;

export type Charges = Map<string, { requests: number; ru: number }>;

const bodyOf = async (message: IncomingMessage): Promise<Buffer> => Buffer.concat(await message.toArray());

/** What was asked of which container: `run-info POST outcome`. */
function kindOf(request: IncomingMessage, body: string): string {
  const [, , , , container = 'account', , id = ''] = (request.url ?? '').split('?')[0]!.split('/');
  const isQuery = /query/i.test(String(request.headers['content-type']));
  if (isQuery) return `${container} query`;
  const name = decodeURIComponent(id) || (/"id":"([^"]*)"/.exec(body)?.[1] ?? '');
  const type = container === CONTAINERS.runInfo.defaultName ? name.replace(/[.\d].*$/, '') || 'run' : '';
  return `${container} ${request.method} ${type}`.trim();
}

/** @param charges what it adds to. */
export async function startChargeMeter(charges: Charges): Promise<{ endpoint: string; close(): void }> {
  const server = createServer((request, response) => {
    void (async () => {
      const body = await bodyOf(request);
      const answer = await fetch(`http://127.0.0.1:${COSMOS_PORT}${request.url}`, {
        method: request.method ?? 'GET',
        headers: Object.fromEntries(
          Object.entries(request.headers)
            .filter(([name]) => !/^(host|connection|content-length|transfer-encoding|expect)$/.test(name))
            .map(([name, value]) => [name, String(value)]),
        ),
        ...(body.length > 0 && { body }),
      });
      const kind = kindOf(request, body.toString());
      const known = charges.get(kind) ?? { requests: 0, ru: 0 };
      known.requests++;
      known.ru += Number(answer.headers.get('x-ms-request-charge') ?? 0);
      charges.set(kind, known);
      const text = (await answer.text()).replaceAll(`:${COSMOS_PORT}`, `:${port}`);
      const headers = Object.fromEntries(
        [...answer.headers].filter(([name]) => !/^(content-length|transfer-encoding|connection)$/.test(name)),
      );
      response.writeHead(answer.status, headers).end([204, 304].includes(answer.status) ? undefined : text);
    })().catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}/`, close: () => server.close().closeAllConnections() };
}
