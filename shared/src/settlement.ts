/** The three ways in which a queue handler ends, and the one place that turns them into what the queue sees. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Envelope } from './messages.ts';

/** complete; complete after sending; or come back later as a scheduled copy, then complete. Anything unforeseen is thrown. */
export type Settlement =
  { kind: 'complete' } | { kind: 'again'; copy: Envelope; delayMs: number; why: string };

export const complete: Settlement = { kind: 'complete' };
export const again = (copy: Envelope, delayMs: number, why: string): Settlement => ({
  kind: 'again',
  copy,
  delayMs,
  why,
});

/** Hands a message to a queue, at once or at a later time. */
export interface QueueSender<E = Envelope> {
  send(messages: readonly E[]): Promise<void>;
  schedule(message: E, at: Date): Promise<void>;
}

// 401 and 403 too: a missing role or a firewall rule is mended by people, in their time. So is a container that is lost, or a queue:
// a document that is missing is no error here (run-info.ts), so a 404 that is thrown is of what should hold it.
const OUTAGE_STATUS = new Set([401, 403, 404, 408, 410, 429, 449, 500, 502, 503, 504]);
const OUTAGE_CODE =
  /^(ECONNREFUSED|ECONNRESET|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|UND_ERR_.*|TimeoutError|REQUEST_SEND_ERROR|ServiceBusy|ServiceTimeout|ServiceCommunicationProblem|MessagingEntityNotFound)$/;

/** True for errors of a platform that is away for a while (Cosmos DB, Service Bus): worth waiting for, not the message's fault. */
export function isOutage(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, statusCode, name, cause } = error as Record<string, unknown>;
  if (typeof code === 'number' && OUTAGE_STATUS.has(code)) return true;
  if (typeof statusCode === 'number' && OUTAGE_STATUS.has(statusCode)) return true;
  if (typeof code === 'string' && OUTAGE_CODE.test(code)) return true;
  if (typeof name === 'string' && OUTAGE_CODE.test(name)) return true;
  return cause !== undefined && isOutage(cause);
}

/** Delays of an outage by the message's wait counter: seconds, doubled up to two minutes. */
export const outageDelayMs = (wait: number): number => Math.min(120_000, 2_000 * 2 ** Math.min(wait, 10));

/**
 * For how long a delivery waits in place when not even its copy is taken, in ms. Ten deliveries of that, and of what the host lets go by
 * between them, are most of an hour in which a broker may deliver and refuse; without it they would be over within minutes.
 */
const PATIENCE_MS = 240_000;

export interface SettleOptions {
  now: () => number;
  scale: number;
  onAgain?: (s: { why: string; delayMs: number }) => void;
  /** Waits in place. */
  sleep?: (ms: number) => Promise<unknown>;
}

/** Schedules a copy; while the broker refuses it, tries again for as long as there is patience. */
async function putOff(
  sender: QueueSender,
  { copy, delayMs }: { copy: Envelope; delayMs: number },
  { now, scale, sleep: pause = sleep }: SettleOptions,
): Promise<void> {
  let waited = 0;
  for (let tries = 0; ; tries++) {
    try {
      return await sender.schedule(copy, new Date(now() + delayMs));
    } catch (error) {
      if (!isOutage(error) || waited >= PATIENCE_MS) throw error;
      const ms = Math.min(outageDelayMs(tries), 30_000);
      waited += ms;
      await pause(ms * scale);
    }
  }
}

/**
 * Runs a handler and performs its settlement; the host completes the message when this resolves.
 * A platform that is away costs a scheduled copy, not a delivery; what is unforeseen is thrown, which the delivery count counts.
 */
export async function settle(
  sender: QueueSender,
  waitingCopy: () => { copy: Envelope; wait: number },
  handler: () => Promise<Settlement>,
  options: SettleOptions,
): Promise<void> {
  let settlement: Settlement;
  try {
    settlement = await handler();
  } catch (error) {
    if (!isOutage(error)) throw error;
    const { copy, wait } = waitingCopy();
    settlement = again(
      copy,
      outageDelayMs(wait) * options.scale,
      `outage: ${String((error as Error).message)}`,
    );
  }
  if (settlement.kind === 'complete') return;
  options.onAgain?.(settlement);
  await putOff(sender, settlement, options);
}
