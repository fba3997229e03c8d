/** Asks for the fields of one repository group by group: the last try for one that takes GitHub too long as a whole. */
import type { FetchBatch, RepoFailure, RepoRef } from '@github-repo-stats/shared/messages';
import { askOnce, type Answer, type Ask, type Spent, type Stop } from './ask-once.ts';
import { readStats, type ReadStats } from './read-stats.ts';
import { fieldGroups, statsQuery, type StatsQuery } from './stats-query.ts';

/** What hits a group by chance is not to cost the repository. */
const TRIES = 3;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/**
 * @param again the failure with which the repository was asked for as a whole.
 * @returns what was read of it, or what stops the work before all groups were asked for.
 */
export async function askInGroups(
  again: ReadStats['again'][number],
  message: FetchBatch,
  deps: { ask: Ask; now(): Date; scale: number },
  spent: Spent,
): Promise<{ kind: 'read'; read: ReadStats } | { kind: 'stop'; stop: Stop }> {
  const { repo } = again;
  let last = again.failure;
  const query = statsQuery([repo]);
  const [root = '', index] = query.pathOf(0);
  const whole = {};
  for (const group of fieldGroups) {
    let node: unknown;
    for (let tries = 0; tries < TRIES && !isObject(node); tries++) {
      const asked = await askOnce(deps.ask, () => statsQuery([repo], group), undefined, spent, deps.scale);
      if (asked.kind === 'stop') return asked;
      const { reply } = asked;
      // What cannot be read may say why now, where it was only too slow before.
      const said = saidBy(reply, query, message, repo, deps.now());
      if (said.final) return { kind: 'read', read: { stats: [], failures: [said.final], again: [] } };
      last = said.passing ?? last;
      const value = reply.kind === 'data' ? reply.data[root] : undefined;
      node = index === undefined ? value : (value as unknown[] | undefined)?.[Number(index)];
    }
    if (!isObject(node)) {
      const detail = `also by groups of fields, at ${group}: ${last.detail ?? last.reason}`;
      const failed = { ...last, detail: detail.slice(0, 300) };
      return { kind: 'read', read: { stats: [], failures: [failed], again: [] } };
    }
    Object.assign(whole, node);
  }
  const data = { [root]: index === undefined ? whole : [whole] };
  const reply = { kind: 'data', data, errors: [], points: 0, seconds: 0 } as const;
  return { kind: 'read', read: readStats(reply, query, [repo], message, deps.now().toISOString()) };
}

/** What an answer says of why the repository cannot be read: for good, or for now; nothing when it says something else. */
function saidBy(
  reply: Answer,
  query: StatsQuery,
  message: FetchBatch,
  repo: RepoRef,
  now: Date,
): { final?: RepoFailure | undefined; passing?: RepoFailure | undefined } {
  if (reply.kind === 'refused')
    return { final: { name: repo.nameWithOwner, reason: reply.reason, detail: reply.detail.slice(0, 300) } };
  if (reply.kind !== 'data') return {};
  const { failures, again } = readStats(reply, query, [repo], message, now.toISOString());
  // A group is not a whole document: what is missing in it is no failure.
  return { final: failures.find((f) => f.reason !== 'invalid-numbers'), passing: again[0]?.failure };
}
