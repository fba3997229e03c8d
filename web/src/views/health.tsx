/** Only what has a limit, beside its limit: credentials, dead letters, the memory that pages are answered from. */
import type { Health as State } from '@github-repo-stats/reporter/contract';
import { useAnswer } from '../answer.ts';
import { apiPath } from '../api-path.ts';
import { Credentials } from '../parts/live-run.tsx';
import { SendBack } from '../parts/orders.tsx';
import { Time } from '../parts/time.tsx';
import { Told } from '../parts/told.tsx';
import { count, rough } from '../words.ts';

const megabytes = (bytes: number): string => rough(bytes / 1e6);

export function Health() {
  const answer = useAnswer<State>(apiPath('health'));
  return (
    <Told answer={answer}>
      {({ asOf, credentials, deadLetters, cache }) => (
        <>
          <p class="quiet">
            As of <Time at={asOf} />.
          </p>
          <section aria-labelledby="credentials">
            <h2 id="credentials">Credentials</h2>
            <Credentials of={credentials} />
          </section>
          <section aria-labelledby="letters">
            <h2 id="letters">Dead letters</h2>
            <DeadLetters of={deadLetters} />
          </section>
          <section aria-labelledby="memory">
            <h2 id="memory">Rows in memory</h2>
            <p>
              <meter max={cache.limit} value={cache.bytes} aria-label="Rows in memory" />{' '}
              {megabytes(cache.bytes)} of {megabytes(cache.limit)} MB, in the instance that answered.
            </p>
          </section>
        </>
      )}
    </Told>
  );
}

function DeadLetters({ of }: { of: State['deadLetters'] }) {
  if (of === null)
    return (
      <p>
        This page does not see them. <code>npm run deadletters</code> lists them and sends them back.
      </p>
    );
  if (of.queues.every((queue) => queue.count === 0))
    return (
      <p>
        There are none, as of <Time at={of.seenAt} />.
      </p>
    );
  return (
    <table>
      <caption>
        Messages that could not be handled, as of <Time at={of.seenAt} />
      </caption>
      <thead>
        <tr>
          <th scope="col">Queue</th>
          <th scope="col" class="number">
            Messages
          </th>
          <th scope="col">The oldest is of</th>
          <th scope="col">To do</th>
        </tr>
      </thead>
      <tbody>
        {of.queues.map((queue) => (
          <tr key={queue.queue}>
            <th scope="row">{queue.queue}</th>
            <td class="number">{count(queue.count)}</td>
            <td>{queue.oldestAt && <Time at={queue.oldestAt} />}</td>
            <td>
              <SendBack queue={queue.queue} count={queue.count} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
