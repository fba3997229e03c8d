/** Counts the repositories of all owners of a selection, each with the credential that would list it. */
import type { SelectedOwner } from '@github-repo-stats/shared/documents';
import { candidatesFor, type Credential } from '@github-repo-stats/shared/github/credentials';
import type { LaneResult, Question } from '@github-repo-stats/shared/github/lanes';
import { limitReason } from '@github-repo-stats/shared/github/reply';
import { sourceId } from '@github-repo-stats/shared/ids';
import { countQuestion, groupsOf, readCounts, type OwnerCount } from './estimate-count.ts';
import { listerOf } from './estimate-pages.ts';

export interface CountDeps {
  credentials: readonly Credential[];
  /** Asks GitHub as a credential, in its turn. */
  ask(credential: string, question: Question): Promise<LaneResult>;
  scale: number;
}

/** GitHub, or the gate before it, says wait; or its answer was of no use and may be better then. */
export interface CountLater {
  kind: 'wait';
  waitMs: number;
  why: string;
}

/** After an answer that was of no use. */
const AGAIN_MS = 10_000;
/** Each owner is asked for with the credential that would list it; one that GitHub refuses is left out, as in a run. */
export async function countOwners(
  owners: readonly SelectedOwner[],
  deps: CountDeps,
): Promise<{ kind: 'counted'; counts: Map<string, OwnerCount> } | CountLater> {
  const counts = new Map<string, OwnerCount>();
  const keep = (count: OwnerCount): void => void counts.set(count.owner.toLowerCase(), count);
  const refused: string[] = [];
  let left = owners.map((owner, i) => ({ owner, id: sourceId(i + 1) }));
  while (left.length > 0) {
    const lister = ({ owner, id }: (typeof left)[number]): string | undefined =>
      listerOf(candidatesFor(deps.credentials, [owner.owner], refused), id);
    const byLister = Map.groupBy(left, lister);
    const [credential, mine = []] = [...byLister][0] ?? [undefined];
    left = left.filter((each) => !mine.includes(each));
    if (credential === undefined) {
      for (const { owner } of mine) keep({ kind: 'failed', owner: owner.owner, reason: 'credentials' });
      continue;
    }
    for (const group of groupsOf(mine.map(({ owner }) => owner))) {
      const result = await deps.ask(credential, countQuestion(group));
      if (result.kind === 'wait') return { kind: 'wait', waitMs: result.waitMs, why: result.reason };
      const { reply } = result.kind === 'sent' ? result : { reply: undefined };
      if (!reply || (reply.kind === 'refused' && reply.reason === 'credentials')) {
        refused.push(credential);
        left = [...left, ...mine.filter(({ owner }) => !counts.has(owner.owner.toLowerCase()))];
        break;
      }
      if (reply.kind === 'limited') return { kind: 'wait', waitMs: reply.waitMs, why: limitReason(reply) };
      if (reply.kind === 'refused') {
        for (const { owner } of group) keep({ kind: 'failed', owner: owner.owner, reason: reply.reason });
        continue;
      }
      const read = reply.kind === 'data' ? readCounts(reply, group) : reply;
      if (read.kind !== 'counts')
        return { kind: 'wait', waitMs: AGAIN_MS * deps.scale, why: `GitHub's answer: ${read.detail}` };
      for (const count of read.counts) keep(count);
    }
  }
  return { kind: 'counted', counts };
}
