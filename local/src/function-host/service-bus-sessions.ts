// Receives from a queue with sessions: several sessions side by side, one message at a time in each.
import type { ServiceBusReceivedMessage, ServiceBusSessionReceiver } from '@azure/service-bus';
import { createBackoff } from './backoff.ts';
import type { ServiceBusHostOptions } from './host-json.ts';
import { messageOf } from './problems.ts';
import { unlessAborted, type BusConnections } from './service-bus-connection.ts';
import { runForMessage } from './service-bus-message.ts';
import type { RunningTrigger, TriggerRuntime } from './trigger.ts';

export interface QueueReceiverOptions {
  connections: BusConnections;
  queueName: string;
  options: ServiceBusHostOptions;
  runtime: TriggerRuntime;
}

// The SDK compares Dates, and Infinity makes an invalid one that would switch renewal off.
const TEN_YEARS_MS = 10 * 365 * 24 * 3600 * 1000;

/** How long the SDK may renew a lock: `Infinity` as a number that it understands. */
export function renewalLimit(milliseconds: number): number {
  return Math.min(milliseconds, TEN_YEARS_MS);
}

/**
 * `maxConcurrentSessions` loops: accept the next session, handle its messages one after the other, let it go when it is idle.
 * As in Azure, the lock is renewed for `maxAutoLockRenewalDuration` from the moment the session was accepted, not per message.
 */
export function processSessions({
  connections,
  queueName,
  options,
  runtime,
}: QueueReceiverOptions): RunningTrigger {
  const { logger, functionName } = runtime;
  const stopping = new AbortController();
  const { signal } = stopping;
  const warn = (message: string, fields: Record<string, unknown>): void =>
    logger.host('warning', message, { queue: queueName, ...fields }, { function: functionName });

  async function acceptSessions(): Promise<void> {
    const backoff = createBackoff(signal);
    while (!signal.aborted) {
      const { client, lost } = connections.current();
      const until = AbortSignal.any([signal, lost]);
      let session: ServiceBusSessionReceiver;
      try {
        const accepting = client.acceptNextSession(queueName, {
          maxAutoLockRenewalDurationInMs: renewalLimit(options.maxAutoLockRenewalMs),
          skipParsingBodyAsJson: true,
          abortSignal: until,
        });
        session = await unlessAborted(accepting, until, close);
      } catch (error) {
        if (isNoSessionYet(error)) {
          backoff.reset();
        } else if (!signal.aborted) {
          if (backoff.fresh) warn('Accepting a session failed; trying again', { error: messageOf(error) });
          await backoff.wait();
        }
        continue;
      }
      backoff.reset();
      await drainSession(session, until);
    }
  }

  async function drainSession(session: ServiceBusSessionReceiver, until: AbortSignal): Promise<void> {
    try {
      while (!until.aborted && !session.isClosed) {
        const maxWaitTimeInMs = options.sessionIdleTimeoutMs;
        const receiving = session.receiveMessages(1, { maxWaitTimeInMs, abortSignal: until });
        const [message] = await unlessAborted(receiving, until);
        if (!message) break;
        await handle(session, message);
      }
    } catch (error) {
      if (!signal.aborted)
        warn('The session ended', { sessionId: session.sessionId, error: messageOf(error) });
    }
    close(session);
  }

  async function handle(
    session: ServiceBusSessionReceiver,
    message: ServiceBusReceivedMessage,
  ): Promise<void> {
    const succeeded = await runForMessage(runtime, message);
    if (succeeded && options.autoCompleteMessages) await settle(session, session.completeMessage(message));
    if (!succeeded) await settle(session, session.abandonMessage(message));
  }

  const loops = Array.from({ length: options.maxConcurrentSessions }, acceptSessions);
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(loops);
    },
    close: () => connections.close(),
  };
}

/** Nobody waits for the goodbye: a lost connection has released the session by itself. */
function close(session: ServiceBusSessionReceiver): void {
  session.close().catch(() => undefined);
}

/** A settlement whose session is gone is given up by the SDK after 60 s only; here it ends with the session. */
async function settle(session: ServiceBusSessionReceiver, settling: Promise<void>): Promise<void> {
  const gone = new AbortController();
  const timer = setInterval(() => {
    if (session.isClosed) gone.abort(new Error('The session was lost before its message was settled.'));
  }, 100);
  try {
    await unlessAborted(settling, gone.signal);
  } finally {
    clearInterval(timer);
  }
}

function isNoSessionYet(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ServiceTimeout';
}
