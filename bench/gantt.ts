/**
 * Runs 195 repositories in real time against the latency model of GitHub and prints what happened when, as a Mermaid Gantt chart.
 *
 *   npm run bench:gantt -- [--check] [--save]
 */
import { Pipeline } from '../test/pipeline.ts';
import { number, readArguments, Report } from './report.ts';

/** As many as in the published chart of the first generation. */
const REPOSITORIES = 195;
const MOST_OVER_GITHUB = 1.15;

interface Bar {
  section: string;
  label: string;
  /** Epoch milliseconds. */
  from: number;
  to: number;
}

const STAGES: Record<string, (fields: Record<string, unknown>) => Pick<Bar, 'section' | 'label'>> = {
  'page planned': (f) => ({ section: 'resolver', label: `list page ${String(f.page)}` }),
  'batch fetched': (f) => ({ section: 'fetcher', label: `${String(f.repositories)} from GitHub` }),
  'batch written': (f) => ({ section: 'writer', label: `${String(f.repositories)} to Cosmos DB` }),
};

const options = readArguments('npm run bench:gantt --', {});
const report = new Report(
  `What happens when in a run over ${REPOSITORIES} repositories, with one credential?`,
);
const pipeline = await Pipeline.start({
  world: { repositories: REPOSITORIES, owners: [{ login: 'acme' }] },
  settings: { Simulator_Latency: 'github' },
});
try {
  const begin = Date.now();
  const runId = await pipeline.run({ fullOrgs: [{ orgName: 'acme' }] });
  const started = Date.now();
  const run = await pipeline.ended(runId);
  const end = Date.now();
  const bars: Bar[] = [{ section: 'scheduler', label: 'start', from: begin, to: started }];
  for (const record of pipeline.logs) {
    const stage = STAGES[record.message];
    if (!stage) continue;
    const to = Date.parse(record.time);
    bars.push({ ...stage(record), from: to - Number(record.seconds) * 1000, to });
  }
  const ended = Date.parse(run.endedAt ?? '');
  bars.push({
    section: 'reporter',
    label: 'fold and complete',
    from: Math.max(...bars.map((b) => b.to)),
    to: ended,
  });
  bars.push({ section: 'reporter', label: 'event and mail', from: ended, to: end });
  report.say(['```mermaid', chart(bars, begin), '```'].join('\n'));
  report.say(
    `${run.totalCreatedCount} repositories in ${number((end - begin) / 1000, 1)} s: ` +
      `${run.costs.githubCalls} calls, ${number(run.costs.githubSeconds, 1)} s of GitHub, ${number(run.costs.requestUnits)} RU.`,
  );
  const missing = REPOSITORIES - run.totalCreatedCount;
  report.bound(
    { what: 'repositories not stored', found: missing, atMost: 0, digits: 0 },
    {
      what: "the run over GitHub's seconds, listing included",
      found: (end - begin) / 1000 / run.costs.githubSeconds,
      atMost: MOST_OVER_GITHUB,
    },
  );
} finally {
  await pipeline.stop();
}
report.end(options);

/** Milliseconds from the start of the run as both ends of each bar, so that widths are what was measured. */
function chart(bars: readonly Bar[], begin: number): string {
  const lines = ['gantt', '  dateFormat x', '  axisFormat %M:%S', `  title ${REPOSITORIES} repositories`];
  for (const section of new Set(bars.map((b) => b.section))) {
    lines.push(`  section ${section}`);
    for (const bar of bars.filter((b) => b.section === section).sort((a, b) => a.from - b.from)) {
      const seconds = ((bar.to - bar.from) / 1000).toFixed(2);
      const [from, to] = [bar.from - begin, Math.max(bar.to - begin, bar.from - begin + 1)].map(Math.round);
      lines.push(`    ${bar.label} (${seconds} s) : ${from}, ${to}`);
    }
  }
  return lines.join('\n');
}
