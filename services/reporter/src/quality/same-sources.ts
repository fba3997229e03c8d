/** Which sources a run and the one before it have alike: what another selection, exclude or filter leaves out is not missing. */
import { ownerOf } from '@github-repo-stats/shared/ids';
import type { Listed } from '../compare-plans.ts';

export interface SameSources {
  /** Every source is the same. */
  all: boolean;
  /** Owners, in lower case, that are listed in the same way in both. */
  owners: ReadonlySet<string>;
}

export function sameSources(now: Pick<Listed, 'sources'>, then: Pick<Listed, 'sources'>): SameSources {
  const of = ({ sources }: Pick<Listed, 'sources'>) =>
    new Set(sources.map(({ what }) => JSON.stringify(what)));
  const [nows, thens] = [of(now), of(then)];
  const owners = now.sources.flatMap(({ what }) =>
    what.kind === 'owner' && thens.has(JSON.stringify(what)) ? [ownerOf(`${what.owner}/`)] : [],
  );
  const all = nows.size === thens.size && [...nows].every((what) => thens.has(what));
  return { all, owners: new Set(owners) };
}
