/** Failures of a run by their reasons: how many, what to do, and whether it clears by itself. */
import type { ReasonCount } from '@github-repo-stats/reporter/contract';
import { link } from '../address.ts';
import { many } from '../words.ts';

export function Reasons({ of, run }: { of: readonly ReasonCount[]; run: string }) {
  return (
    <ul class="plain">
      {of.map(({ reason, count, what, todo, clearsByItself }) => (
        <li key={reason} class="reason">
          <p>
            <b>
              <a href={link('failures', { run, reason })}>{many(count, 'repository', 'repositories')}</a>:{' '}
              {what}
            </b>
          </p>
          <p>
            {clearsByItself ? 'It may clear by itself with the next run. ' : 'It does not clear by itself. '}
            To do: {todo}.
          </p>
        </li>
      ))}
    </ul>
  );
}
