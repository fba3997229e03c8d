/** Asks GitHub one question, and tells what is an answer from what stops the work on a batch for now. */
import type { Pace } from '@github-repo-stats/shared/pace';
import { withCall } from '@github-repo-stats/shared/github/cost';
import type { CallOptions } from '@github-repo-stats/shared/github/gate';
import type { LaneResult, Question } from '@github-repo-stats/shared/github/lanes';
import { limitReason, type GithubReply } from '@github-repo-stats/shared/github/reply';
import { SHARE_SECONDS } from '@github-repo-stats/shared/host-settings';
import { secondsPerRepository } from '@github-repo-stats/shared/github/request-size';
import type { GithubCost } from '@github-repo-stats/shared/messages';

/** Asks as one credential, when the right to ask has come. */
export type Ask = (
  question: (pace: Readonly<Pace>) => Question,
  learn?: CallOptions['learn'],
) => Promise<LaneResult>;

/**
 * Why work on a batch stops: to be gone on with after `waitMs` (0: at once), one copy so many seconds after the other; or by
 * another credential.
 */
export type Stop =
  | { kind: 'wait'; waitMs: number; reason: string; secondsPerRepository: number }
  | { kind: 'refused'; detail: string };

/** What work on a batch has cost so far: all of it, and the seconds of this delivery, waits in place included. */
export interface Spent {
  cost: GithubCost | undefined;
  seconds: number;
}

export type Answer = Exclude<GithubReply, { kind: 'limited' }>;

/** Limits up to so long are waited out in place: the gate sleeps through them before the next call. */
const SHORT_LIMIT_MS = 5_000;
/** Until GitHub was timed, copies that wait are spread as if a repository took so many seconds. */
const UNLEARNED_SECONDS = 0.05;

/** @param spent is added to. */
export async function askOnce(
  ask: Ask,
  question: (pace: Readonly<Pace>) => Question,
  learn: CallOptions['learn'],
  spent: Spent,
  scale: number,
): Promise<{ kind: 'answer'; reply: Answer } | { kind: 'stop'; stop: Stop }> {
  for (;;) {
    if (spent.seconds > SHARE_SECONDS * scale) return { kind: 'stop', stop: wait(0, 'the batch goes on', 0) };
    let name = '';
    const named = (pace: Readonly<Pace>): Question => {
      const asked = question(pace);
      ({ name } = asked);
      return asked;
    };
    const result = await ask(named, learn);
    if (result.kind === 'wait') {
      const seconds = secondsPerRepository(result.learned, UNLEARNED_SECONDS);
      return { kind: 'stop', stop: wait(result.waitMs, result.reason, seconds) };
    }
    if (result.kind === 'refused') {
      const detail = `GitHub refused it lately; it is left alone until ${result.until}`;
      return { kind: 'stop', stop: { kind: 'refused', detail } };
    }
    const { reply } = result;
    // Without a name nothing was asked: there was no token to ask with.
    if (name) spent.cost = withCall(spent.cost, reply, name, result);
    spent.seconds += reply.seconds;
    if (reply.kind === 'refused' && reply.reason === 'credentials')
      return { kind: 'stop', stop: { kind: 'refused', detail: reply.detail } };
    if (reply.kind !== 'limited') return { kind: 'answer', reply };
    if (reply.waitMs > SHORT_LIMIT_MS * scale)
      return { kind: 'stop', stop: wait(reply.waitMs, limitReason(reply), 0) };
    spent.seconds += reply.waitMs / 1000;
  }
}

const wait = (waitMs: number, reason: string, seconds: number): Stop => ({
  kind: 'wait',
  waitMs,
  reason,
  secondsPerRepository: seconds,
});
