/** Takes the leases of the change feed away from whoever holds them, as another instance would that believes them to be expired. */
import type { Container } from '@azure/cosmos';
import type { LeaseDocument } from '@github-repo-stats/local/function-host/cosmos-lease';
import { setTimeout as sleep } from 'node:timers/promises';

const THIEF = 'thief';

/**
 * Gives them back after so many seconds, unread, unless somebody took them back meanwhile.
 * @param again repeats what fails while Cosmos DB is away.
 * @returns how many were taken.
 */
export async function steal(
  leases: Container,
  seconds: number,
  again: <T>(work: () => Promise<T>) => Promise<T>,
): Promise<number> {
  const taken = await again(() => own(leases, () => true, THIEF));
  await sleep(seconds * 1000);
  await again(() => own(leases, ({ Owner }) => Owner === THIEF, null));
  return taken;
}

async function own(
  leases: Container,
  which: (lease: LeaseDocument) => boolean,
  owner: string | null,
): Promise<number> {
  const { resources } = await leases.items.query<LeaseDocument>('SELECT * FROM c').fetchAll();
  const mine = resources.filter(which);
  // Not under if-match: the one who holds it writes often. What it noted in between is read again, as after any theft.
  for (const lease of mine)
    await leases
      .item(lease.id, lease.id)
      .replace({ ...lease, Owner: owner, timestamp: new Date().toISOString() });
  return mine.length;
}
