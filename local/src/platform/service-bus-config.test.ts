import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ARCHIVE_QUEUE, QUEUES } from '@github-repo-stats/shared/topology';
import { expect, test } from 'vitest';
import { ROOT } from '../build/service-folders.ts';
import { readConfig } from '../service-bus/config.ts';
import { serviceBusConfig } from './service-bus-config.ts';

test('the committed Config.json is the topology', async () => {
  const committed = await readFile(join(ROOT, 'local/service-bus-config.json'), 'utf8');
  expect(JSON.parse(committed)).toEqual(serviceBusConfig());
});

test('the broker reads it as the topology says', () => {
  expect(readConfig(serviceBusConfig())).toMatchObject(
    [...Object.values(QUEUES), ARCHIVE_QUEUE].map((queue) => ({
      name: queue.name,
      lockDuration: queue.lockSeconds * 1000,
      maxDeliveryCount: queue.maxDeliveryCount,
      requiresSession: queue !== ARCHIVE_QUEUE,
      timeToLive: queue.ttlDays * 86_400_000,
      duplicateWindow: 0,
    })),
  );
});
