/** What the checks of a run's numbers found: one row for each, and the button that releases an event that was held back. */
import type { Overview, RunDetail } from '@github-repo-stats/reporter/contract';
import { link } from '../address.ts';
import { many, share } from '../words.ts';
import { ReleaseEvent } from './orders.tsx';
import { Wide } from './totals.tsx';

type Quality = NonNullable<RunDetail['quality']>;
type Check = Quality['checks'][number];

const STATES: Record<Check['state'], string> = {
  passed: 'passed',
  warned: 'look at it',
  failed: 'failed',
  skipped: 'skipped',
};
/** What each check looks at. */
const CHECKS: Record<Check['check'], string> = {
  'complete-against-plan': 'All that was planned is stored',
  'complete-against-previous': 'All of the run before is here',
  'sums-add-up': 'Sums add up',
  'only-rising': 'What can only rise did not fall',
  'owner-shrank': 'No owner shrank at once',
  'stuck-source': 'Numbers move as usual',
  outliers: 'No repository changed as it never did',
};

function Row({ of }: { of: Check }) {
  const told = of.state === 'failed' || of.state === 'warned';
  return (
    <tr>
      <th scope="row">
        {CHECKS[of.check]} <small>{of.check}</small>
      </th>
      <td class={told ? 'bad' : undefined}>{STATES[of.state]}</td>
      <td class="number">{of.measured === null ? '–' : share(of.measured)}</td>
      <td class="number">
        {share(of.warn)} <small>fails over {share(of.fail)}</small>
      </td>
      <td class="found">
        {of.said}
        {told && of.examples.length > 0 && (
          <small>{of.examples.map(({ what, said }) => `${what}: ${said}`).join(' · ')}</small>
        )}
      </td>
    </tr>
  );
}

export function QualityOfRun({ of, run }: { of: Quality; run: string }) {
  return (
    <section aria-labelledby="quality">
      <h2 id="quality">Data quality</h2>
      <ReleaseEvent run={run} held={of.isEventHeld} />
      <Wide label="Checks of the numbers">
        <table>
          <caption>What was looked at before anybody was told of the run</caption>
          <thead>
            <tr>
              <th scope="col">Check</th>
              <th scope="col">Result</th>
              <th scope="col" class="number">
                Measured
              </th>
              <th scope="col" class="number">
                Told over
              </th>
              <th scope="col">What was found</th>
            </tr>
          </thead>
          <tbody>
            {of.checks.map((check) => (
              <Row key={check.check} of={check} />
            ))}
          </tbody>
        </table>
      </Wide>
    </section>
  );
}

/** On the first view, only when there is something to look at. */
export function QualityHint({ of: { last, quality } }: { of: Overview }) {
  if (!last || !quality || quality.state === 'passed') return null;
  const { failed, warned } = quality;
  const told = failed.length > 0 ? failed : warned;
  return (
    <p class={failed.length > 0 ? 'problem' : undefined}>
      The numbers of the last run {failed.length > 0 ? 'look wrong' : 'are to be looked at'}:{' '}
      <a href={link('run', { run: last.runId })}>
        {many(told.length, 'check')} {failed.length > 0 ? 'failed' : 'warned'}
      </a>{' '}
      ({told.join(', ')}).
    </p>
  );
}
