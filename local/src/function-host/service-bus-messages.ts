// Receives from a queue without sessions, up to `maxConcurrentCalls` messages at a time.
import { once } from 'node:events';
import type { ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';
import { createBackoff } from './backoff.ts';
import { messageOf } from './problems.ts';
import { unlessAborted } from './service-bus-connection.ts';
import { runForMessage } from './service-bus-message.ts';
import { renewalLimit, type QueueReceiverOptions } from './service-bus-sessions.ts';
import type { RunningTrigger } from './trigger.ts';

/** Subscribes, and again on a new connection whenever one is lost; a message's lock is renewed while its handler runs. */
export function processMessages({
  connections,
  queueName,
  options,
  runtime,
}: QueueReceiverOptions): RunningTrigger {
  const { logger, functionName } = runtime;
  const stopping = new AbortController();
  const { signal } = stopping;
  const handling = new Set<Promise<void>>();
  const backoff = createBackoff(signal);
  const warn = (message: string, error: string): void =>
    logger.host('warning', message, { queue: queueName, error }, { function: functionName });

  async function receive(): Promise<void> {
    while (!signal.aborted) {
      const { client, lost } = connections.current();
      const receiver = client.createReceiver(queueName, {
        maxAutoLockRenewalDurationInMs: renewalLimit(options.maxAutoLockRenewalMs),
        skipParsingBodyAsJson: true,
      });
      const subscription = subscribe(receiver, lost);
      const until = AbortSignal.any([signal, lost]);
      if (!until.aborted) await once(until, 'abort');
      const closing = subscription.close().catch(() => undefined);
      if (lost.aborted) await backoff.wait();
      else await closing;
    }
  }

  function subscribe(receiver: ServiceBusReceiver, lost: AbortSignal): { close(): Promise<void> } {
    return receiver.subscribe(
      {
        processMessage: async (message) => {
          backoff.reset();
          const work = handle(receiver, message, lost);
          handling.add(work);
          await work.finally(() => handling.delete(work));
        },
        processError: async ({ error, errorSource }) => {
          if (backoff.fresh)
            warn(`Service Bus reported an error (${errorSource}); trying again`, error.message);
        },
      },
      { autoCompleteMessages: false, maxConcurrentCalls: options.maxConcurrentCalls },
    );
  }

  async function handle(
    receiver: ServiceBusReceiver,
    message: ServiceBusReceivedMessage,
    lost: AbortSignal,
  ): Promise<void> {
    const succeeded = await runForMessage(runtime, message);
    try {
      // On a lost connection the SDK would wait for its answer for 60 s.
      if (succeeded && options.autoCompleteMessages)
        await unlessAborted(receiver.completeMessage(message), lost);
      if (!succeeded) await unlessAborted(receiver.abandonMessage(message), lost);
    } catch (error) {
      warn('The message could not be settled', messageOf(error));
    }
  }

  const receiving = receive();
  return {
    stop: async () => {
      stopping.abort();
      await receiving;
      await Promise.all(handling);
    },
    close: () => connections.close(),
  };
}
