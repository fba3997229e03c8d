/** The repositories that rose and fell most, by metric and window. */
import type { Overview } from '@github-repo-stats/reporter/contract';
import { changed, choice } from '../address.ts';
import { METRIC_NAMES, METRICS, SINCE, WINDOW_NAMES } from '../words.ts';
import { ChangeCell, Number } from './number.tsx';
import { RepositoryLink } from './repository-link.tsx';
import { Choice } from './choice.tsx';
import { Time } from './time.tsx';

type Mover = NonNullable<Overview['movers']>['stars']['d7']['up'][number];

function List({ title, of }: { title: string; of: readonly Mover[] }) {
  return (
    <table>
      <caption>{title}</caption>
      <thead>
        <tr>
          <th scope="col">Repository</th>
          <th scope="col" class="number">
            Now
          </th>
          <th scope="col" class="number">
            Change
          </th>
        </tr>
      </thead>
      <tbody>
        {of.map(({ repo, now, by }) => (
          <tr key={repo}>
            <th scope="row">
              <RepositoryLink name={repo} />
            </th>
            <Number of={now} />
            <ChangeCell by={by} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function Movers({ of }: { of: Pick<Overview, 'movers' | 'comparedWith'> }) {
  const metric = choice('metric', METRIC_NAMES);
  const window = choice('window', WINDOW_NAMES);
  const since = of.comparedWith[window];
  const lists = of.movers?.[metric][window];
  return (
    <section aria-labelledby="movers">
      <h2 id="movers">What moved most</h2>
      <Choice
        label="Number"
        of={METRIC_NAMES.map((name) => [METRICS[name], changed({ metric: name }), name === metric])}
      />
      <Choice
        label="Change"
        of={WINDOW_NAMES.map((name) => [SINCE[name], changed({ window: name }), name === window])}
      />
      {since === null || since === undefined ? (
        <p class="quiet">
          There is no run {SINCE[window].replace('in ', 'of ')} to compare with. Choose another time.
        </p>
      ) : (
        <>
          <p class="quiet">
            Against the run of <Time at={since} />.
          </p>
          {lists && lists.up.length + lists.down.length > 0 ? (
            <div class="columns">
              {lists.up.length > 0 && (
                <List title={`Rose most: ${METRICS[metric].toLowerCase()}`} of={lists.up} />
              )}
              {lists.down.length > 0 && (
                <List title={`Fell most: ${METRICS[metric].toLowerCase()}`} of={lists.down} />
              )}
            </div>
          ) : (
            <p>Nothing moved.</p>
          )}
        </>
      )}
    </section>
  );
}
