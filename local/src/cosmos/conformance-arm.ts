/**
 * Makes databases and containers of an account through Azure's resource manager: Cosmos DB lets no identity make them over its own
 * protocol (learn.microsoft.com/azure/cosmos-db/how-to-setup-rbac, permission model).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TokenCredential } from '@azure/core-auth';
import type { ContainerRequest } from '@azure/cosmos';

const API = '2024-08-15';

export interface ResourceManagerOptions {
  /** Of the account. */
  resourceId: string;
  credential: TokenCredential;
  origin?: string;
  /** Between looks at an operation that goes on, where Azure asks for no other time. */
  pauseMs?: number;
}

export interface ResourceManager {
  createDatabase(id: string): Promise<void>;
  createContainer(database: string, container: ContainerRequest & { id: string }): Promise<void>;
  deleteDatabase(id: string): Promise<void>;
}

interface Operation {
  status?: string;
  error?: { code?: string; message?: string };
}

/** Each method resolves when Azure has done it, and rejects with Azure's own words. */
export function openResourceManager({
  resourceId,
  credential,
  origin = 'https://management.azure.com',
  pauseMs = 1000,
}: ResourceManagerOptions): ResourceManager {
  const ask = async (method: string, url: string, body?: unknown): Promise<Response> => {
    const token = await credential.getToken('https://management.azure.com/.default');
    if (!token) throw new Error('Azure gave no token for its resource manager: sign in with az login.');
    return fetch(url, {
      method,
      headers: { authorization: `Bearer ${token.token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  };

  const answer = async (response: Response, what: string): Promise<Operation> => {
    const text = await response.text();
    if (!response.ok) throw new Error(`${what}: ${response.status} ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as Operation;
  };

  /** Looks at the operation until it has ended (learn.microsoft.com/azure/azure-resource-manager/management/async-operations). */
  const carryOut = async (method: 'PUT' | 'DELETE', path: string, body?: unknown): Promise<void> => {
    const what = `${method} ${path}`;
    let response = await ask(method, `${origin}${resourceId}/${path}?api-version=${API}`, body);
    const operation = response.headers.get('azure-asyncoperation');
    const location = response.headers.get('location');
    await answer(response, what);
    for (;;) {
      // With the first header the body says how far it is, with the second the code alone.
      const watch = operation ?? (response.status === 202 ? location : null);
      if (watch === null) return;
      await sleep(Number(response.headers.get('retry-after') ?? 0) * 1000 || pauseMs);
      response = await ask('GET', watch);
      const { status, error } = await answer(response, what);
      if (operation === null || status === undefined) continue;
      if (status === 'Succeeded') return;
      if (status === 'Failed' || status === 'Canceled')
        throw new Error(`${what}: ${error?.code ?? status}: ${error?.message ?? ''}`);
    }
  };

  return {
    createDatabase: (id) =>
      carryOut('PUT', `sqlDatabases/${id}`, { properties: { resource: { id }, options: {} } }),
    createContainer: (database, { id, partitionKey, throughput, ...rest }) =>
      carryOut('PUT', `sqlDatabases/${database}/containers/${id}`, {
        properties: {
          resource: {
            id,
            ...rest,
            ...(typeof partitionKey === 'object' && {
              partitionKey: { kind: 'Hash', version: 2, ...partitionKey },
            }),
          },
          options: throughput === undefined ? {} : { throughput },
        },
      }),
    deleteDatabase: (id) => carryOut('DELETE', `sqlDatabases/${id}`),
  };
}
