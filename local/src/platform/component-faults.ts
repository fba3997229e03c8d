/** The faults that stand in this process, as its supervisor orders them over IPC. */
import { FaultPlan } from '../faults/fault-plan.ts';
import type { AnyFault } from '../faults/fault-schema.ts';
import type { FaultMessage, FaultReply } from './component-messages.ts';

export interface ComponentFaults {
  plan: FaultPlan<AnyFault>;
  /** Takes over what stands now, and answers. */
  receive(message: FaultMessage): void;
}

/** @param ordered called whenever orders came: some are carried out at once. */
export function componentFaults(say: (message: FaultReply) => void, ordered: () => void): ComponentFaults {
  const dead = new Map<number, () => void>();
  let kills = 0;
  const plan = new FaultPlan<AnyFault>({
    hit: (number) => say({ type: 'fault-hit', number }),
    kill: (app) =>
      new Promise((resolve) => {
        dead.set(++kills, resolve);
        say({ type: 'kill', kill: kills, app });
      }),
  });
  return {
    plan,
    receive(message) {
      if (message.type === 'killed') {
        dead.get(message.kill)?.();
        dead.delete(message.kill);
        return;
      }
      plan.set(message.faults);
      ordered();
      say({ type: 'faults-stand', version: message.version });
    },
  };
}
