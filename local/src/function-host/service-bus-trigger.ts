// The serviceBusTrigger for queues: checks its options, connects the real SDK, and picks sessions or plain messages.
import type { ServiceBusClientOptions } from '@azure/service-bus';
import { resolveConnection } from './settings.ts';
import { createConnections } from './service-bus-connection.ts';
import { processMessages } from './service-bus-messages.ts';
import { processSessions } from './service-bus-sessions.ts';
import { requiredText, type RunningTrigger, type StartTrigger, type TriggerSetup } from './trigger.ts';

const REFUSED: Record<string, string> = {
  topicName: 'topics and subscriptions',
  sdkBinding: 'sdkBinding',
};

/** Reads the binding; what it returns connects and starts to receive. */
export function prepareServiceBusTrigger(setup: TriggerSetup): StartTrigger {
  const { binding, report } = setup;
  for (const [option, what] of Object.entries(REFUSED)) {
    if (binding[option]) report(`the Service Bus trigger does not support ${what} locally.`);
  }
  if (binding['cardinality'] === 'many')
    report(`the Service Bus trigger does not support cardinality 'many' locally.`);
  if (binding['dataType'] !== undefined)
    report(`the Service Bus trigger does not support 'dataType' locally.`);
  const queueName = binding['topicName'] ? '' : requiredText(setup, 'queueName');
  const connection = resolveConnection(
    typeof binding['connection'] === 'string' ? binding['connection'] : 'ServiceBus',
    'fullyQualifiedNamespace',
    setup.settings,
    report,
  );
  const options = { ...setup.hostOptions.serviceBus };
  if (typeof binding['autoCompleteMessages'] === 'boolean')
    options.autoCompleteMessages = binding['autoCompleteMessages'];
  const process = binding['isSessionsEnabled'] === true ? processSessions : processMessages;

  return async (runtime): Promise<RunningTrigger> => {
    // The SDK costs about 170 ms of CPU to load: only apps that have such a trigger pay for it.
    const { ServiceBusClient } = await import('@azure/service-bus');
    const retryOptions: ServiceBusClientOptions['retryOptions'] = {
      timeoutInMs: options.tryTimeoutMs,
      retryDelayInMs: options.retryDelayMs,
      maxRetries: 0,
    };
    const connections = createConnections(() => new ServiceBusClient(connection ?? '', { retryOptions }));
    return process({ connections, queueName, options, runtime });
  };
}
