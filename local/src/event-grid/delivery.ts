/** The one subscription of the topic that the platform has: events of completed runs, delivered to the queue of the archiver. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceBusClient } from '@azure/service-bus';
import { ARCHIVE_QUEUE, RUN_COMPLETED } from '@github-repo-stats/shared/topology';
import type { CloudEvent } from './server.ts';

export interface Delivery {
  /** Delivers it some time, in the order of arrival; tried again for as long as this process lives. */
  take(event: CloudEvent): void;
  close(): Promise<void>;
}

const RETRY_MS = 1000;

export function deliverTo(connectionString: string): Delivery {
  const stopping = new AbortController();
  const { signal } = stopping;
  let client: ServiceBusClient | undefined;
  let delivering = Promise.resolve();

  async function send(event: CloudEvent): Promise<void> {
    client ??= new ServiceBusClient(connectionString, { retryOptions: { maxRetries: 0, timeoutInMs: 5000 } });
    const sender = client.createSender(ARCHIVE_QUEUE.name);
    const contentType = 'application/cloudevents+json; charset=utf-8';
    await sender.sendMessages({ body: event, messageId: event.id, contentType });
    await sender.close();
  }

  async function deliver(event: CloudEvent): Promise<void> {
    while (!signal.aborted)
      try {
        return await send(event);
      } catch {
        // A client whose connection broke may never recover.
        client?.close().catch(() => undefined);
        client = undefined;
        await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
  }

  return {
    take(event) {
      if (event.type === RUN_COMPLETED) delivering = delivering.then(() => deliver(event));
    },
    async close() {
      stopping.abort();
      await client?.close().catch(() => undefined);
    },
  };
}
