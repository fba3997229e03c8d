/** Tells how long a grant of somebody else still counts, by this process's own clock. */
import type { Grant } from '../pace.ts';
import type { GateClock } from './gate-times.ts';

/**
 * A foreign grant counts until it was given back, or stayed unchanged for so long since it was first seen here.
 * @returns the ms for which a grant still counts; 0 when there is none or it is ours.
 */
export function foreignGrants<Kind extends string>(
  holder: string,
  clock: Pick<GateClock, 'monotonic'>,
  lastsMs: number,
): (kind: Kind, grant: Grant | undefined) => number {
  const seen = new Map<Kind, { grantId: string; since: number }>();
  return (kind, grant) => {
    if (!grant || grant.released || grant.holder === holder) return 0;
    const now = clock.monotonic();
    const known = seen.get(kind);
    if (known?.grantId === grant.grantId) return Math.max(0, lastsMs - (now - known.since));
    seen.set(kind, { grantId: grant.grantId, since: now });
    return lastsMs;
  };
}
