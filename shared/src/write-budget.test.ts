import { describe, expect, it } from 'vitest';
import { readSettings } from './settings.ts';
import { writeBudget } from './write-budget.ts';

const NAMES = [
  'CosmosDB_ServerlessMode',
  'CosmosDB_ProvisionedThroughput',
  'CosmosDB_RU_NeededForEachWrite',
] as const;
const budgetOf = (env: Record<string, string>) => writeBudget(readSettings(NAMES, env));

describe('how the statistics are written', () => {
  it('follows from the throughput: one lane, and as much in flight as uses it up', () => {
    const inFlight = [100, 400, 1000, 4000].map((throughput) =>
      budgetOf({ CosmosDB_ServerlessMode: 'false', CosmosDB_ProvisionedThroughput: String(throughput) }),
    );
    expect(inFlight).toEqual([
      { ruPerSecond: 100, ruPerWrite: 6, lanes: 1, parallel: 2 },
      { ruPerSecond: 400, ruPerWrite: 6, lanes: 1, parallel: 7 },
      { ruPerSecond: 1000, ruPerWrite: 6, lanes: 1, parallel: 17 },
      { ruPerSecond: 4000, ruPerWrite: 6, lanes: 1, parallel: 67 },
    ]);
  });

  it('follows from the price of a write as well', () => {
    const dear = { CosmosDB_ServerlessMode: 'false', CosmosDB_RU_NeededForEachWrite: '12' };
    expect(budgetOf(dear)).toEqual({ ruPerSecond: 400, ruPerWrite: 12, lanes: 1, parallel: 4 });
  });

  it('has no budget in serverless mode, whatever throughput is set, and writes a whole batch at once', () => {
    for (const throughput of ['100', '100000'])
      expect(budgetOf({ CosmosDB_ProvisionedThroughput: throughput })).toEqual({
        ruPerSecond: undefined,
        ruPerWrite: 6,
        lanes: 4,
        parallel: 100,
      });
  });

  it('never has more in flight than a batch has documents', () => {
    const env = { CosmosDB_ServerlessMode: 'false', CosmosDB_ProvisionedThroughput: '1000000' };
    expect(budgetOf(env).parallel).toBe(100);
  });
});
