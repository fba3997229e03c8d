/**
 * Runs 600 repositories in real time against the latency model of GitHub, and tells how much of the time between a
 * credential's first and last call GitHub was at work: the rest is what the pipeline wastes of it.
 *
 *   npm run bench:time-in-flight -- [--repositories 600] [--seconds 0.06] [--batch 65] [--check] [--save]
 *
 * --seconds: of a repository at GitHub. Listing runs beside the statistics, so of both together more than all of the time may be in flight.
 */
import { z } from 'zod';
import { Pipeline } from '../test/pipeline.ts';
import { number, readArguments, Report, whole } from './report.ts';

const LEAST = 0.95;
const options = readArguments(
  'npm run bench:time-in-flight -- [--repositories 600] [--seconds 0.06] [--batch 65]',
  {
    repositories: whole(1, 600),
    seconds: z.coerce.number().positive().default(0.06),
    batch: whole(1, 65),
  },
);

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

const report = new Report(
  'Of the time between the first and the last call of a credential, how much is GitHub at work?',
);
const pipeline = await Pipeline.start({
  world: { repositories: options.repositories, owners: [{ login: 'acme' }] },
  settings: {
    Simulator_Latency: 'github',
    Simulator_SecondsPerRepository: String(options.seconds),
    NumberOfReposToQueryPerCall: String(options.batch),
  },
});
try {
  const run = await pipeline.ended(await pipeline.run({ fullOrgs: [{ orgName: 'acme' }] }));
  const { tokens } = (await pipeline.calls()) as { tokens: Record<string, TokenCalls> };
  report.say(`${number(run.totalCreatedCount)} repositories at ${options.seconds} s each.`);
  const rows = [];
  for (const token of Object.values(tokens)) {
    const all = { ...token, number: token.calls.stats + token.calls.listing };
    const kinds = {
      'statistics and listing': all,
      'statistics alone': { ...token.byKind.stats, number: token.calls.stats },
    };
    for (const [name, calls] of Object.entries(kinds)) {
      const { between, inFlight } = share(calls);
      const percent = `${number(100 * inFlight, 1)} %`;
      rows.push([name, calls.number, number(between, 1), percent, calls.timeouts]);
      report.bound({ what: `share in flight, ${name}`, found: inFlight, atLeast: LEAST, digits: 3 });
    }
  }
  report.table(['calls', 'number', 'first to last, s', 'in flight', 'time-outs'], rows);
} finally {
  await pipeline.stop();
}
report.end(options);
