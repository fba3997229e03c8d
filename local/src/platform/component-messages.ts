/** What the supervisor and the processes of the platform say to each other over IPC. */
import type { Numbered } from '../faults/fault-plan.ts';
import type { AnyFault } from '../faults/fault-schema.ts';
import type { LatencyModel } from '../github/latency.ts';
import type { Orders } from '../github/order-schema.ts';
import type { WorldOptions } from '../github/world-plan.ts';

/** What a component is to serve; sent once, right after the process was started. */
export type ComponentOptions =
  | { component: 'service-bus'; dataFile: string; port: number; durationScale?: number }
  | { component: 'cosmos'; dataFile: string; port: number }
  | {
      component: 'sinks';
      eventGrid: { directory: string; port: number };
      sendGrid: { directory: string; port: number };
      /** Whether events are delivered to the queue of the archiver. */
      deliverTo?: { serviceBus: string };
    }
  | { component: 'azurite'; directory: string; port: number }
  | { component: 'application-insights'; file: string; port: number }
  | {
      component: 'github';
      port: number;
      world: WorldOptions;
      latency: 'none' | 'github';
      limits: 'none' | 'github';
      latencyModel: LatencyModel;
      stargazers: 'withheld' | 'allowed';
      latencyScale: number;
      /** Done again by every life of the process: its world is made anew. */
      orders?: Orders;
    };
export type ComponentName = ComponentOptions['component'];

/** What each says when it listens. */
export interface ComponentAddresses {
  'service-bus': { connectionString: string };
  cosmos: { endpoint: string; key: string; connectionString: string };
  sinks: {
    eventGridEndpoint: string;
    eventGridUrl: string;
    sendGridUrl: string;
  };
  azurite: { url: string; key: string };
  'application-insights': { connectionString: string };
  github: { url: string };
}

/** What the supervisor says later: the faults that stand from now on, and that an app is dead. */
export type FaultMessage =
  | { type: 'faults'; version: number; faults: readonly Numbered<AnyFault>[] }
  | { type: 'killed'; kill: number };

/** What a component says of them: that they stand, that one hit, and which app is to be killed before it goes on. */
export type FaultReply =
  | { type: 'faults-stand'; version: number }
  | { type: 'fault-hit'; number: number }
  | { type: 'kill'; kill: number; app: string };
