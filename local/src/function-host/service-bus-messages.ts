// Receives from a queue without sessions, up to `maxConcurrentCalls` messages at a time.
import type { ServiceBusReceivedMessage } from '@azure/service-bus';
import { messageOf } from './problems.ts';
import { runForMessage } from './service-bus-message.ts';
import { renewalLimit, type QueueReceiverOptions } from './service-bus-sessions.ts';
import type { RunningTrigger } from './trigger.ts';

/** The SDK's subscription brings itself back after a lost connection; each message's lock is renewed while its handler runs. */
export function processMessages({
  client,
  queueName,
  options,
  runtime,
}: QueueReceiverOptions): RunningTrigger {
  const { logger, functionName } = runtime;
  const receiver = client.createReceiver(queueName, {
    maxAutoLockRenewalDurationInMs: renewalLimit(options.maxAutoLockRenewalMs),
    skipParsingBodyAsJson: true,
  });
  const handling = new Set<Promise<void>>();
  let lastError: string | undefined;

  async function handle(message: ServiceBusReceivedMessage): Promise<void> {
    lastError = undefined;
    const succeeded = await runForMessage(runtime, message);
    try {
      if (succeeded && options.autoCompleteMessages) await receiver.completeMessage(message);
      if (!succeeded) await receiver.abandonMessage(message);
    } catch (error) {
      warn('The message could not be settled', messageOf(error));
    }
  }

  function warn(message: string, error: string): void {
    logger.host('warning', message, { queue: queueName, error }, { function: functionName });
  }

  const subscription = receiver.subscribe(
    {
      processMessage: async (message) => {
        const work = handle(message);
        handling.add(work);
        await work.finally(() => handling.delete(work));
      },
      processError: async ({ error, errorSource }) => {
        // While the broker is away the SDK reports each attempt; one line per outage is enough.
        if (error.message === lastError) return;
        lastError = error.message;
        warn(`Service Bus reported an error (${errorSource}); the SDK tries again`, error.message);
      },
    },
    { autoCompleteMessages: false, maxConcurrentCalls: options.maxConcurrentCalls },
  );
  return {
    stop: async () => {
      await subscription.close();
      await Promise.all(handling);
    },
    close: () => client.close(),
  };
}
