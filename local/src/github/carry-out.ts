/** Does what was ordered of the simulator; the orders were checked before. */
import type { Agenda, Due } from './agenda.ts';
import type { Credentials } from './credentials.ts';
import type { Faults } from './faults.ts';
import type { FaultOrdered, WorldEvent } from './order-schema.ts';
import { WorldError } from './world-error.ts';
import type { World } from './world.ts';

/** What events change. */
export interface Stage {
  readonly world: World;
  readonly credentials: Credentials;
}

/** @throws WorldError when the event cannot happen in this world. */
export function happen({ world, credentials }: Stage, event: WorldEvent): void {
  switch (event.event) {
    case 'rename':
      return world.rename(event.repository, event.to);
    case 'transfer':
      return world.transfer(event.repository, event.to);
    case 'delete':
      return world.delete(event.repository);
    case 'add':
      return world.add(event.owner, { ...event.facts, name: event.name });
    case 'archive':
      return world.archive(event.repository, event.archived);
    case 'make-private':
      return world.makePrivate(event.repository, event.private);
    case 'change':
      return world.change(event.repository, event.facts);
    case 'fail':
      return world.fail(event.target, event.failure);
    case 'revoke':
      return credentials.revoke(event.credential, true);
    case 'restore':
      return credentials.revoke(event.credential, false);
  }
}

/** Lets events happen, or waits with them for their calls. @throws WorldError as `happen` does. */
export function orderEvents(stage: Stage, agenda: Agenda, events: readonly WorldEvent[]): void {
  for (const event of events)
    if (event.when) agenda.keep(event, event.when, stage.world.reserve());
    else happen(stage, event);
}

/** What waited for a call happens. @throws WorldError as `happen` does. */
export function happenLate(stage: Stage, { event, second }: Due): void {
  stage.world.at(second, () => happen(stage, event));
}

/** The same for all that wait for one call; what cannot happen any more is reported: whoever calls did not order it. */
export function happenAtCall(stage: Stage, due: readonly Due[]): void {
  for (const each of due)
    try {
      happenLate(stage, each);
    } catch (error) {
      if (!(error instanceof WorldError)) throw error;
      console.error(`GitHub simulator: ${each.event.event} did not happen at its call: ${error.message}`);
    }
}

export function orderFaults(faults: Faults, ordered: readonly FaultOrdered[]): void {
  for (const { fault, ...order } of ordered) faults.next(fault, order);
}
