/** One lane per credential: its way to GitHub, and the gate that every call of it goes through. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Container } from '@azure/cosmos';
import * as z from 'zod';
import type { Pace } from '../pace.ts';
import { credentialLane } from '../ids.ts';
import { githubAs } from './call.ts';
import type { Credential } from './credentials.ts';
import { CallGate, type CallKind, type CallOptions, type GateResult } from './gate.ts';
import { paceStore } from './pace-store.ts';
import type { GithubReply } from './reply.ts';
import { toldCall } from './told-call.ts';

/** A question to GitHub; its text takes a variable `$dryRun` and selects `rateLimit(dryRun: $dryRun) { cost nodeCount }`. */
export interface Question {
  /** As the operation is called: the shape of the query. */
  name: string;
  query: string;
  variables: Record<string, unknown>;
}

export interface Lane {
  /** Name of the credential. */
  name: string;
  /**
   * Asks once, in its turn. Before a query of a shape is asked for the first time with this credential, a dry run tells what
   * it costs: a call of its own, free of points.
   * @param question made when the right to ask has come, from what was learned so far.
   */
  call(
    kind: CallKind,
    question: (pace: Readonly<Pace>) => Question,
    options?: CallOptions,
  ): Promise<LaneResult>;
  /** Gives the grants back in good order. */
  release(): Promise<void>;
}

/** `dryRunPoints`: what GitHub reckoned for this shape of query, when it has said so. */
export type LaneResult = GateResult & { dryRunPoints?: number };

const Reckoned = z.object({ rateLimit: z.object({ cost: z.int().min(0), nodeCount: z.int().min(0) }) });

function learnCost(name: string, { dryRuns }: Readonly<Pace>, reply: GithubReply): Partial<Pace> {
  const reckoned = reply.kind === 'data' ? Reckoned.safeParse(reply.data) : undefined;
  return reckoned?.success ? { dryRuns: { ...dryRuns, [name]: reckoned.data.rateLimit } } : {};
}

/** @param options.url of the GraphQL endpoint; `scale` multiplies waiting times. */
export function openLane(
  credential: Credential,
  { url, pace, scale }: { url: string; pace: Container; scale: number },
): Lane {
  const client = githubAs(url, credential);
  const gate = new CallGate({
    id: credentialLane(credential.name),
    store: paceStore(pace),
    clock: { now: Date.now, monotonic: () => performance.now(), sleep },
    scale,
  });
  /** Shapes whose dry run came to nothing in this process; they are asked for all the same. */
  const unreckoned = new Set<string>();
  return {
    name: credential.name,
    async call(kind, question, { onWatch, learn } = {}) {
      // Before a grant is asked for: a call must be sent within a second of it.
      const unprepared = await client.prepare();
      if (unprepared) return { kind: 'sent', reply: unprepared, calls: 0 };
      let asked = { name: '', dryRun: false, dryRunPoints: undefined as number | undefined };
      const once = (mayBeDry: boolean): Promise<GateResult> =>
        gate.call(
          kind,
          (signal, known, mayStart) => {
            const { name, query, variables } = question(known);
            const reckoned = known.dryRuns?.[name];
            const dryRun = mayBeDry && reckoned === undefined && !unreckoned.has(name);
            asked = { name, dryRun, dryRunPoints: reckoned?.cost };
            return toldCall({ credential: credential.name, kind, query: name, dryRun }, mayStart, (may) =>
              client.ask(query, { ...variables, dryRun }, signal, may),
            );
          },
          {
            ...(onWatch && { onWatch }),
            learn: (known, reply) =>
              asked.dryRun ? learnCost(asked.name, known, reply) : (learn?.(known, reply) ?? {}),
          },
        );
      const first = await once(true);
      if (first.kind !== 'sent' || !asked.dryRun) return withPoints(first, asked.dryRunPoints);
      // Limits and refusals are for the caller; whatever else became of the dry run, the question itself comes next.
      if (first.reply.kind === 'limited' || first.reply.kind === 'refused') return first;
      unreckoned.add(asked.name);
      const second = await once(false);
      if (second.kind !== 'sent') return second;
      return withPoints({ ...second, calls: second.calls + first.calls }, asked.dryRunPoints);
    },
    release: () => gate.release(),
  };
}

const withPoints = (result: GateResult, dryRunPoints: number | undefined): LaneResult =>
  dryRunPoints === undefined ? result : { ...result, dryRunPoints };

/** The lanes of all credentials, in one process. */
export interface Lanes {
  /** By name of the credential. @throws when there is none of that name. */
  of(credential: string): Lane;
  /** Gives the grants of all of them back, at the end of the process. */
  release(): Promise<void>;
}

export function openLanes(
  credentials: readonly Credential[],
  options: Parameters<typeof openLane>[1],
): Lanes {
  const lanes = new Map(credentials.map((c) => [c.name, openLane(c, options)]));
  return {
    of(credential) {
      const lane = lanes.get(credential);
      if (!lane) throw new Error(`There is no credential ${credential} to ask GitHub with`);
      return lane;
    },
    release: async () => void (await Promise.all([...lanes.values()].map((lane) => lane.release()))),
  };
}
