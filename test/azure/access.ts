/** Waits until roles that were just given are known everywhere, which takes Azure some minutes. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Patience {
  tries: number;
  pauseMs: number;
  pause?: (ms: number) => Promise<unknown>;
  say: (line: string) => void;
}

/** True for what Service Bus and Cosmos DB answer to somebody who has no role. */
export function isRefusal(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'UnauthorizedAccess' || code === 401 || code === 403;
}

/**
 * Does everything until nothing is refused any more.
 * @param probes by name, something that takes the role.
 * @throws the last refusal when patience is at an end, and anything that is no refusal at once.
 */
export async function awaitAccess(
  probes: Readonly<Record<string, () => Promise<unknown>>>,
  { tries, pauseMs, pause = sleep, say }: Patience,
): Promise<void> {
  for (const [name, probe] of Object.entries(probes)) {
    for (let left = tries - 1; ; left--) {
      try {
        await probe();
        break;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        if (left === 0) throw new Error(`Access to ${name} is still refused.`, { cause: error });
        say(`Access to ${name} is refused: the role is not yet known.`);
      }
      await pause(pauseMs);
    }
  }
}
