/**
 * Runs 600 repositories in real time against the latency model of GitHub, and tells how much of the time between a
 * credential's first and last call GitHub was at work: the rest is what the pipeline wastes of it.
 *
 *   npm run bench:time-in-flight -- [--repositories 600] [--seconds 0.06] [--batch 65] [--check]
 *
 * --seconds: of a repository at GitHub. --check: exit 1 when less than 95 % of the time was spent in flight.
 */
import { parseArgs } from 'node:util';
import { Pipeline } from '../test/pipeline.ts';

const LEAST = 0.95;
const { values: options } = parseArgs({
  options: {
    repositories: { type: 'string', default: '600' },
    seconds: { type: 'string', default: '0.06' },
    batch: { type: 'string', default: '65' },
    check: { type: 'boolean', default: false },
  },
});

interface Calls {
  answeringSeconds: number;
  /** Epoch milliseconds; null before the first call. */
  firstAt: number | null;
  lastEndedAt: number | null;
  timeouts: number;
}
type TokenCalls = Calls & { calls: Record<'stats' | 'listing', number>; byKind: Record<'stats', Calls> };

const share = ({ answeringSeconds, firstAt, lastEndedAt }: Calls): { between: number; inFlight: number } => {
  const between = ((lastEndedAt ?? 0) - (firstAt ?? 0)) / 1000;
  return { between, inFlight: answeringSeconds / between };
};

const pipeline = await Pipeline.start({
  world: { repositories: Number(options.repositories), owners: [{ login: 'acme' }] },
  settings: {
    Simulator_Latency: 'github',
    Simulator_SecondsPerRepository: options.seconds,
    NumberOfReposToQueryPerCall: options.batch,
  },
});
try {
  const run = await pipeline.ended(await pipeline.run({ fullOrgs: [{ orgName: 'acme' }] }));
  const { tokens } = (await pipeline.calls()) as { tokens: Record<string, TokenCalls> };
  console.log(`${run.totalCreatedCount} repositories at ${options.seconds} s each\n`);
  console.log('| calls | number | first to last, s | in flight | time-outs |');
  console.log('| --- | ---: | ---: | ---: | ---: |');
  for (const token of Object.values(tokens)) {
    const all = { ...token, number: token.calls.stats + token.calls.listing };
    const rows = {
      'statistics and listing': all,
      'statistics alone': { ...token.byKind.stats, number: token.calls.stats },
    };
    for (const [name, calls] of Object.entries(rows)) {
      const { between, inFlight } = share(calls);
      const percent = `${(100 * inFlight).toFixed(1)} %`;
      console.log(`| ${name} | ${calls.number} | ${between.toFixed(1)} | ${percent} | ${calls.timeouts} |`);
      if (options.check && inFlight < LEAST) process.exitCode = 1;
    }
  }
} finally {
  await pipeline.stop();
}
