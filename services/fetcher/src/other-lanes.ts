/** What becomes of a batch that this credential cannot fetch: it goes to others, or fails when none is left. */
import {
  candidatesFor,
  laneKey,
  pickLane,
  withoutRefused,
  type Credential,
} from '@github-repo-stats/shared/github/credentials';
import { ownerOf, ownersOf } from '@github-repo-stats/shared/ids';
import {
  fetchEnvelope,
  type FetchBatch,
  type RepoFailure,
  type RepoRef,
} from '@github-repo-stats/shared/messages';
import { complete, type QueueSender, type Settlement } from '@github-repo-stats/shared/settlement';
import type { Asked } from './ask-all.ts';
import { hand, type HandDeps } from './hand.ts';

export interface LaneDeps extends HandDeps {
  credentials: readonly Credential[];
  fetchQueue: QueueSender;
}

/** Hands what is left to another credential, or fails it when every one that may read it was refused. */
export async function moveOn(
  message: FetchBatch,
  credential: string,
  asked: Asked,
  detail: string,
  deps: LaneDeps,
): Promise<Settlement> {
  const { runId, batchId } = message;
  deps.log('warn', 'credential refused by GitHub', { runId, batchId, credential, detail });
  const left = [...asked.left, ...asked.again.map((a) => a.repo)];
  const { refusedBy, candidates } = withoutRefused(
    deps.credentials,
    ownersOf(left),
    message.refusedBy,
    credential,
  );
  const known = { ...message, refusedBy };
  const failures = candidates.length > 0 ? [] : refused(left, refusedBy);
  const unstored = await hand(
    known,
    { ...asked, failures: [...asked.failures, ...failures], again: [] },
    credential,
    deps,
  );
  if (candidates.length === 0) return complete;
  const { spent: _stored, ...rest } = known;
  const next = { ...rest, ...unstored, repos: left };
  await deps.fetchQueue.send([fetchEnvelope(next, pickLane(candidates, batchId))]);
  return complete;
}

const refused = (repos: readonly RepoRef[], refusedBy: readonly string[]): RepoFailure[] =>
  repos.map(({ nameWithOwner }) => ({
    name: nameWithOwner,
    reason: 'credentials',
    detail: `GitHub refused every credential that may read it: ${refusedBy.join(', ')}`.slice(0, 300),
  }));

/** No one credential may read all of it: the parts go their own ways, and what none may read fails. */
export async function noLane(message: FetchBatch, deps: LaneDeps): Promise<Settlement> {
  const keyOf = (repo: RepoRef): string => laneKey(deps.credentials, ownerOf(repo.nameWithOwner));
  const groups = Map.groupBy(message.repos, keyOf);
  if (groups.size > 1 && !message.refusedBy) {
    const { spent, ...rest } = message;
    const parts = [...groups.values()].map((repos, i) => ({
      ...rest,
      repos,
      ...(i === 0 && spent && { spent }),
    }));
    const lane = (repos: RepoRef[]): string => {
      const able = candidatesFor(deps.credentials, ownersOf(repos));
      return pickLane(able.length > 0 ? able : deps.credentials, message.batchId);
    };
    await deps.fetchQueue.send(parts.map((part) => fetchEnvelope(part, lane(part.repos))));
    return complete;
  }
  const failures = message.refusedBy
    ? refused(message.repos, message.refusedBy)
    : message.repos.map(({ nameWithOwner }) => ({
        name: nameWithOwner,
        reason: 'credentials' as const,
        detail: 'no configured credential may read this owner',
      }));
  await hand(message, { stats: [], failures, again: [], left: [], cost: message.spent }, undefined, deps);
  return complete;
}
