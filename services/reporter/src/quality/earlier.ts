/** What is known of the run that a run is compared with, and of what became of its repositories since. */
import type { Events, OrgTotals, Totals } from '../summary.ts';
import type { SameSources } from './same-sources.ts';

export interface Earlier {
  /** From the summary of its last revision; undefined when there is none. */
  previous:
    | { revision: number; totals: Totals | null; orgs: readonly Pick<OrgTotals, 'owner' | 'totals'>[] }
    | undefined;
  /** Repositories that listings do not have any more, those left out that are most likely access that was lost. */
  gone: number;
  lostAccess: Events['lostAccess'];
  same: SameSources;
}
