/** What one GraphQL request carries through its resolvers: the world, its bill, and the server time it has cost. */
import type { QueryCost } from './query-cost.ts';
import type { Failure } from './failure.ts';
import type { LatencyModel } from './latency.ts';
import type { Owner, World } from './world.ts';

export interface RateLimitState {
  readonly limit: number;
  readonly remaining: number;
  readonly used: number;
  /** Epoch seconds. */
  readonly reset: number;
}

export interface RequestContext {
  readonly world: World;
  readonly cost: QueryCost;
  readonly rateLimit: RateLimitState;
  /** Whether whoever asks sees this owner's private repositories. */
  readonly seesPrivateOf: (owner: Owner) => boolean;
  /** What keeps a repository out of this one answer, whatever becomes of it in others. */
  readonly missing: (slot: number) => Failure | undefined;
  /** The GraphQL object of an owner; passed in because owners lead to repositories and back. */
  readonly ownerNode: (owner: Owner) => object;
  /** Headers that resolvers add to the response. */
  readonly headers: Record<string, string>;
  readonly latency: LatencyModel;
  /** Whether the connection `stargazers` is answered, as it was until July 2026. */
  readonly showsStargazers: boolean;
  /** Server time that the latency model gives this request, in seconds; see latency.ts. */
  modelSeconds: number;
  /** Server time that this request takes whatever the model is, because a repository is made slow. */
  forcedSeconds: number;
  /** Repository units left before GitHub would answer RESOURCE_LIMITS_EXCEEDED; one repository with five counts is one. */
  resourceUnits: number;
}
