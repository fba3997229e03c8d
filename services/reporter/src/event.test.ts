import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runOf } from '@github-repo-stats/shared/run.fixture';
import { describe, expect, it } from 'vitest';
import { eventPublisher, runCompletedEvent } from './event.ts';

const golden: unknown = JSON.parse(
  readFileSync(new URL('golden/RunCompleted.json', import.meta.url), 'utf8'),
);
const run = runOf({
  status: 'completed',
  revision: 1,
  endedAt: '2021-01-20T07:30:00.000Z',
  totalReceived: 3,
  totalProcessed: 3,
  totalCreatedCount: 2,
  totalFailedCount: 1,
  createdList: 'o/a,o/b',
  failedList: 'o/c',
});

describe('the event that a run has ended', () => {
  it('is the published example, no key missing and none added', () => {
    expect(JSON.parse(JSON.stringify(runCompletedEvent(run, { alerts: 3, quality: 'warned' })))).toEqual(
      golden,
    );
  });

  it('has an id of its own per revision', () => {
    expect(runCompletedEvent({ ...run, revision: 2 }, { alerts: 0 }).id).toBe('1611127298.2');
  });

  it('goes out as a CloudEvent with the key, and is rejected when it is not taken', async () => {
    const received: { request: IncomingMessage; body: string }[] = [];
    const statuses = [200, 401];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        received.push({ request, body });
        response.writeHead(statuses.shift() ?? 500).end();
      });
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const publish = eventPublisher(`http://127.0.0.1:${port}/api/events`, 'key-of-the-topic');
      await publish(run, { alerts: 3 });
      const { request, body } = received[0]!;
      expect(request.headers['aeg-sas-key']).toBe('key-of-the-topic');
      expect(request.headers['content-type']).toContain('application/cloudevents-batch+json');
      expect(JSON.parse(body)).toMatchObject([
        { specversion: '1.0', type: 'GithubStats.RunCompleted', id: '1611127298.1', subject: '1611127298' },
      ]);
      const error = await publish(run, { alerts: 3 }).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(Error);
      expect(String(error)).not.toContain('key-of-the-topic');
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
