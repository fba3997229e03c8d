import { describe, expect, it } from 'vitest';
import { REASON_ADVICE, FAILURE_REASONS } from './reasons.ts';
import { CONTAINERS, QUEUES, containerDefinition, type ContainerKey } from './topology.ts';

describe('containers', () => {
  const keys = Object.keys(CONTAINERS) as ContainerKey[];

  it.each(keys)('%s index what is queried and exclude everything else', (key) => {
    const { indexingPolicy, partitionKey } = containerDefinition(key, 'some-name');
    expect(indexingPolicy.excludedPaths).toEqual([{ path: '/*' }]);
    expect(indexingPolicy.includedPaths.every(({ path }) => /^\/\w+(\/\[\])?\/\?$/.test(path))).toBe(true);
    expect(partitionKey.paths).toEqual([CONTAINERS[key].partitionKey]);
  });
});

describe('queues', () => {
  it('are named by their keys and live as long as the contract says', () => {
    for (const [key, queue] of Object.entries(QUEUES))
      expect(queue).toEqual({ name: key, lockSeconds: 60, maxDeliveryCount: 10, ttlDays: 14 });
  });
});

describe('reasons', () => {
  it('have words and advice, every one of them', () => {
    expect(Object.keys(REASON_ADVICE).sort()).toEqual([...FAILURE_REASONS].sort());
  });
});
