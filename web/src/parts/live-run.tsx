/** The run under way: how far, how fast, how long yet, and what each credential does or waits for. */
import type { CredentialState, LiveRun as Live } from '@github-repo-stats/reporter/contract';
import { link } from '../address.ts';
import { count, many, rough, span } from '../words.ts';
import { Away, Time } from './time.tsx';

const STATES: Record<CredentialState['state'], string> = {
  working: 'works',
  waiting: 'waits',
  refused: 'was refused by GitHub: renew it',
  idle: 'has nothing to do',
};

export function Credentials({ of }: { of: readonly CredentialState[] }) {
  if (of.length === 0) return <p class="quiet">No credential was used yet.</p>;
  return (
    <ul class="plain">
      {of.map(({ credential, state, reason, until }) => (
        <li key={credential} class={`credential ${state}`}>
          <b>{credential}</b> {STATES[state]}
          {reason !== null && `, for ${reason}`}
          {until !== null && (
            <>
              , until <Time at={until} /> (<Away at={until} />)
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

/** A range, since nobody knows. */
function left({ least, most }: { least: number; most: number }): string {
  const [from, to] = [span(least), span(most)];
  return from === to ? `${to} left` : `${from} to ${to} left`;
}

export function LiveRun({ of }: { of: Live }) {
  const { run, settled, rate, secondsLeft } = of;
  return (
    <section aria-labelledby="live">
      <h2 id="live">
        {run.status === 'stalled' ? 'Stalled' : 'Under way'}: the run of <Time at={run.startedAt} />
      </h2>
      {of.stalledCause !== null && <p class="problem">{of.stalledCause}</p>}
      <progress max={Math.max(1, run.planned)} value={settled} aria-label="Repositories that are done" />
      <p>
        {count(settled)} of {many(run.planned, 'repository', 'repositories')}
        {of.sourcesResolved < of.sourcesTotal &&
          ` so far; ${count(of.sourcesResolved)} of ${many(of.sourcesTotal, 'source')} listed`}
        {rate !== null && rate > 0 && ` · ${rough(rate)} a second`}
        {secondsLeft !== null && ` · ${left(secondsLeft)}`}
        {run.failed > 0 && (
          <>
            {' · '}
            <a href={link('run', { run: run.runId })}>{count(run.failed)} failed so far</a>
          </>
        )}
      </p>
      <h3>Credentials</h3>
      <Credentials of={of.credentials} />
    </section>
  );
}
