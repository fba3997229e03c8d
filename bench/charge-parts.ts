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
export function chargePart(operation: Operation, runId: string): ChargePart {
  const { container, verb, id, type, status, query = '' } = operation;
  const { repoStats, runInfo, repos } = CONTAINERS;
  const isBaseline = container === repoStats.defaultName && verb === 'read' && !id.endsWith(`.${runId}`);
  // What is new and what is gone is told from the names in plans, which nothing else queries.
  const isCompared = type === 'plan' && query.includes('c.batches');
  const isModel = container === runInfo.defaultName && (MODELS.has(type) || isCompared);
  const of = isBaseline ? 'of an earlier run' : isCompared ? 'for new and gone' : '';
  const words = [container, verb, type, of].filter(Boolean).join(' ');
  const end = ENDS[status];
  return {
    what: end ? `${words}, ${end}` : words,
    isReadModel: isBaseline || isModel || container === repos.defaultName,
  };
}
