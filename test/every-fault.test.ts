/** A run over 2,000 repositories while GitHub does everything at once that it is known to do: local/every-fault.json. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readSourcesFile, worldOf } from '@github-repo-stats/local/command/sources-file';
import type { OrdersGiven } from '@github-repo-stats/local/github/order-schema';
import type { Run } from '@github-repo-stats/shared/documents';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { comparable, Pipeline } from './pipeline.ts';

/** What the file makes of single repositories for good. */
const FAILED: Record<string, string> = {
  'microsoft/logger-linux': 'not-found',
  'microsoft/proxy-module': 'saml',
  'microsoft/workshop-core': 'ip-allow-list',
  'microsoft/BookEvent': 'forbidden',
  'microsoft/demo_gateway': 'timeout',
  'microsoft/batch': 'transport',
  'octokit/event-hook': 'timeout',
  'octokit/ExplorerHttp': 'saml',
  'nodejs/node': 'ip-allow-list',
};
/** Deleted at the first statistics call: by then it may have been listed or not. */
const DELETED = 'microsoft/book-socket';

const from = (path: string): Promise<string> => readFile(new URL(`../${path}`, import.meta.url), 'utf8');

let pipeline: Pipeline;
let run: Run;
let failed: Record<string, string | undefined>;
beforeAll(async () => {
  const orders = JSON.parse(await from('local/every-fault.json')) as OrdersGiven;
  const { value: sources, selection } = readSourcesFile(
    fileURLToPath(new URL('../sources.json', import.meta.url)),
  );
  pipeline = await Pipeline.start({
    world: worldOf(selection, 2000, 1),
    orders,
    durationScale: 0.02,
  });
  run = await pipeline.ended(await pipeline.run(sources));
  const outcomes = await pipeline.outcomes(run.id);
  const entries = outcomes.flatMap((o) => Object.entries(o.entries)).filter(([, e]) => e.state === 'failed');
  failed = Object.fromEntries(entries.map(([name, entry]) => [name, entry.reason]));
}, 300_000);
afterAll(() => pipeline.stop());

describe('a run through every fault at once', () => {
  it('ends by itself, with exactly what cannot be read failed, each for its reason', () => {
    const { [DELETED]: deleted = 'not-found', ...others } = failed;
    expect(deleted).toBe('not-found');
    expect(others).toEqual(FAILED);
    expect(run).toMatchObject({ status: 'completed', failedSources: [], refusedCredentials: ['spare'] });
    expect(run.totalFailedCount).toBe(Object.keys(failed).length);
    expect(run.totalReceived).toBe(run.totalCreatedCount + run.totalFailedCount);
  });

  it('has everything else, as it is in the world', async () => {
    const stored = await pipeline.stats(run.id);
    const truth = (await pipeline.truth()).filter((row) => !(row.repo in FAILED) && isWanted(row.repo));
    expect(stored.map(comparable)).toEqual(truth.map(comparable));
  });

  it('kept to one call of a kind at a time, and called no more once it was told to wait', async () => {
    const { tokens } = (await pipeline.calls()) as {
      tokens: Record<string, { maxInFlight: Record<string, number>; callsLateWhileLimited: number }>;
    };
    expect(Object.keys(tokens)).toEqual(expect.arrayContaining(['simulated', 'spare']));
    for (const { maxInFlight, callsLateWhileLimited } of Object.values(tokens)) {
      expect(maxInFlight.stats).toBeLessThanOrEqual(1);
      expect(maxInFlight.listing).toBeLessThanOrEqual(1);
      expect(maxInFlight.all).toBeLessThanOrEqual(2);
      expect(callsLateWhileLimited).toBe(0);
    }
  });
});

/** What sources.json leaves out. */
const isWanted = (repo: string): boolean => !/^microsoft\/(FluidExamples|maro)$/i.test(repo);
