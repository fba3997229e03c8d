/** What the comparison shows of its runs: one table per size, the published run stage by stage, and the faults. */
import { number, type Report } from '../report.ts';
import type { BaselineMeasured } from './baseline-run.ts';
import type { StageName } from './host.ts';
import type { Measured } from './measured.ts';
import { PUBLISHED_BETWEEN, PUBLISHED_SECONDS, PUBLISHED_STAGES } from './published-run.ts';

export const githubSeconds = ({ github }: Measured): number =>
  github.statisticsSeconds + github.listingSeconds;
/** How much less the second is than the first, in per cent. */
export const lessBy = (before: number, after: number): number => 100 * (1 - after / before);

const perRepository = (seconds: number, repositories: number): string =>
  number((1000 * seconds) / repositories, 1);

export function sizeTable(report: Report, repositories: number, runs: readonly Measured[]): void {
  report.say(`${number(repositories)} repositories of one organisation, without faults:`);
  report.table(
    [
      'side',
      's',
      'GitHub s',
      'with listing',
      'ms per repository',
      'with listing',
      'calls',
      'of them listing',
      'RU of statistics',
      'stored',
    ],
    runs.map((run) => [
      run.side,
      number(run.seconds, 1),
      number(run.github.statisticsSeconds, 1),
      number(githubSeconds(run), 1),
      perRepository(run.github.statisticsSeconds, repositories),
      perRepository(githubSeconds(run), repositories),
      number(run.github.calls),
      number(run.github.listingCalls),
      number(run.requestUnits),
      number(run.stored),
    ]),
  );
}

/** One of ours against each baseline. */
export function factorTable(report: Report, ours: readonly Measured[], baselines: readonly Measured[]): void {
  report.table(
    ['ours', 'against', 'times as fast', 'GitHub s less', 'with listing less'],
    ours.flatMap((mine) =>
      baselines.map((theirs) => [
        mine.side,
        theirs.side,
        number(theirs.seconds / mine.seconds, 2),
        `${number(lessBy(theirs.github.statisticsSeconds, mine.github.statisticsSeconds))} %`,
        `${number(lessBy(githubSeconds(theirs), githubSeconds(mine)))} %`,
      ]),
    ),
  );
}

export function stageTable(report: Report, published: BaselineMeasured, schedule: BaselineMeasured): void {
  report.say('The first generation’s published run beside this one, stage by stage, in seconds:');
  const seconds = (run: BaselineMeasured, name: StageName): string =>
    number(run.timeline.stages.get(name) ?? 0, 2);
  const names = Object.keys(PUBLISHED_STAGES) as StageName[];
  report.table(
    ['stage', 'published', published.side, schedule.side],
    [
      ...names.map((name) => [
        name,
        number(PUBLISHED_STAGES[name], 2),
        seconds(published, name),
        seconds(schedule, name),
      ]),
      ['between steps', PUBLISHED_BETWEEN, published.timeline.between, schedule.timeline.between].map(
        (cell) => (typeof cell === 'number' ? number(cell, 2) : cell),
      ),
      ['all', PUBLISHED_SECONDS, published.seconds, schedule.seconds].map((cell) =>
        typeof cell === 'number' ? number(cell, 2) : cell,
      ),
    ],
  );
}

export function faultTable(report: Report, runs: readonly (Measured & { fault: string })[]): void {
  report.table(
    ['what goes wrong', 'side', 's', 'GitHub s with listing', 'calls', 'failed executions', 'stored'],
    runs.map((run) => [
      run.fault,
      run.side,
      run.finished ? number(run.seconds, 1) : `did not finish, stopped at ${number(run.seconds, 1)}`,
      number(githubSeconds(run), 1),
      run.github.calls,
      run.failures ?? 'n/a',
      number(run.stored),
    ]),
  );
}
