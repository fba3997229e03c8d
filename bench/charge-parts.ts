/** What of a run a charge belongs to: collecting itself, or what the dashboard, alerts and mails read of change. */
import { CONTAINERS } from '@github-repo-stats/shared/topology';
import type { Operation } from './charged-operations.ts';

export interface ChargePart {
  /** For example `run-info create outcome`. */
  what: string;
  /** Built for the dashboard, alerts and mails: without them nothing would be written or read of it. */
  isReadModel: boolean;
}

/** Documents of run-info that are read models. */
const MODELS = new Set(['rows', 'summary', 'alerts', 'alert']);
const ENDS: Readonly<Record<number, string>> = {
  304: 'nothing new',
  404: 'not there',
  409: 'conflict',
  412: 'conflict',
  429: 'throttled',
};

/** @param runId of the run that is measured: documents of other runs are read to tell what changed since. */
export function chargePart({ container, verb, id, type, status }: Operation, runId: string): ChargePart {
  const { repoStats, runInfo, repos } = CONTAINERS;
  const isBaseline = container === repoStats.defaultName && verb === 'read' && !id.endsWith(`.${runId}`);
  const isModel = container === runInfo.defaultName && MODELS.has(type);
  const words = [container, verb, type, isBaseline ? 'of an earlier run' : ''].filter(Boolean).join(' ');
  const end = ENDS[status];
  return {
    what: end ? `${words}, ${end}` : words,
    isReadModel: isBaseline || isModel || container === repos.defaultName,
  };
}
