/** Runs 195 repositories in real time against the latency model of GitHub and prints what happened when, as a Mermaid Gantt chart. */
import { Pipeline } from '../test/pipeline.ts';

/** As many as in the published chart of the first generation. */
const REPOSITORIES = 195;

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
  console.log(chart(bars, begin));
  console.log(
    `\n${run.totalCreatedCount} repositories in ${((end - begin) / 1000).toFixed(1)} s: ` +
      `${run.costs.githubCalls} calls, ${run.costs.githubSeconds.toFixed(1)} s of GitHub, ${run.costs.requestUnits.toFixed(0)} RU.`,
  );
} finally {
  await pipeline.stop();
}

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
