/** A plan as a component has it, for tests inside one process: orders are checked as they are over IPC, kills are written down. */
import { FaultPlan } from './fault-plan.ts';
import { readFaults, type FaultGiven, type FaultOf, type FaultyComponent } from './fault-schema.ts';

export interface Standing<N extends FaultyComponent> {
  plan: FaultPlan<FaultOf<N>>;
  /** Replaces what stands. */
  order: (...given: FaultGiven<N>[]) => void;
  /** Numbers of the orders that hit, in order. */
  hits: number[];
  killed: string[];
}

export function standing<N extends FaultyComponent>(component: N, onKill?: () => void): Standing<N> {
  const hits: number[] = [];
  const killed: string[] = [];
  const plan = new FaultPlan<FaultOf<N>>({
    hit: (number) => void hits.push(number),
    kill(app) {
      killed.push(app);
      onKill?.();
      return Promise.resolve();
    },
  });
  let numbered = 0;
  return {
    plan,
    hits,
    killed,
    order: (...given) =>
      plan.set(
        readFaults(component, given).map((order) => ({
          number: ++numbered,
          order: order as FaultOf<N>,
          hits: 0,
        })),
      ),
  };
}
