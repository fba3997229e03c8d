/**
 * Estimates a run before it is made, and makes nothing. It ends in one of these ways:
 * - estimated: GitHub was asked how many repositories the owners have, and the rest was reckoned;
 * - no credential is configured here: GitHub cannot be asked;
 * - GitHub, or the gate before it, says wait, or an answer was of no use: to be asked again later.
 * An owner that cannot be read is listed with its reason, and counts nothing.
 */
import type { Selection } from '@github-repo-stats/shared/documents';
import type { Pace } from '@github-repo-stats/shared/pace';
import type { Estimate } from '@github-repo-stats/shared/estimate';
import { countOwners, type CountDeps, type CountLater } from './estimate-owners.ts';
import { reckon, type ReckonSettings } from './estimate-reckoning.ts';
import type { Before } from './estimate-request-units.ts';

export type Estimated = { kind: 'estimated'; estimate: Estimate } | { kind: 'no-credentials' } | CountLater;

export interface EstimateDeps extends CountDeps, ReckonSettings {
  readPace(credential: string): Promise<Pace | undefined>;
  before(selection: Selection): Promise<Before | undefined>;
}

export async function estimateRun(selection: Selection, deps: EstimateDeps): Promise<Estimated> {
  if (deps.credentials.length === 0) return { kind: 'no-credentials' };
  const counted = await countOwners(selection.owners, deps);
  if (counted.kind === 'wait') return counted;
  const { counts } = counted;
  const names = deps.credentials.map((c) => c.name);
  const known = await Promise.all(names.map(async (name) => [name, await deps.readPace(name)] as const));
  const paces = new Map(known.flatMap(([name, pace]) => (pace ? [[name, pace] as const] : [])));
  const before = await deps.before(selection);
  return { kind: 'estimated', estimate: reckon(selection, { counts, paces, before }, deps) };
}
