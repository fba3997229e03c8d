/** Tells every call to GitHub as a span: by which credential, what for, what came of it, and what it cost; no token and no text of a query. */
import { inSpan } from '../telemetry/spans.ts';
import type { CallKind } from './gate.ts';
import type { GithubReply } from './reply.ts';
import type { MayStart } from './timely-body.ts';

/** @param ask makes the call; it is told only when it was let out. */
export function toldCall(
  about: { credential: string; kind: CallKind; query: string; dryRun: boolean },
  mayStart: MayStart,
  ask: (mayStart: MayStart) => Promise<GithubReply>,
): Promise<GithubReply> {
  return inSpan('ask GitHub', { kind: 'client', attributes: about }, async ({ note, fail, drop }) => {
    let heldBack = false;
    const reply = await ask(async () => {
      const may = await mayStart();
      heldBack = !may;
      return may;
    });
    if (heldBack) drop();
    note({ outcome: outcomeOf(reply), points: reply.points, seconds: Number(reply.seconds.toFixed(3)) });
    if (reply.kind !== 'data') fail({});
    return reply;
  });
}

/** In one word what a reply was. */
function outcomeOf(reply: GithubReply): string {
  if (reply.kind === 'limited') return `limited: ${reply.limit}`;
  return reply.kind === 'refused' ? `refused: ${reply.reason}` : reply.kind;
}
