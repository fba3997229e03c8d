/** Maps between AMQP delivery states and what they mean to a queue. */
import rhea from 'rhea';
import { asBrokerError } from './errors.ts';

export type Properties = Record<string, unknown>;

/** How a consumer ends a delivery; properties are merged into the application properties. */
export type Disposition =
  | { readonly kind: 'complete' }
  | { readonly kind: 'abandon' | 'defer'; readonly properties?: Properties | undefined }
  | {
      readonly kind: 'deadLetter';
      readonly reason?: string | undefined;
      readonly description?: string | undefined;
      readonly properties?: Properties | undefined;
    };

export type OutcomeName = 'accepted' | 'rejected' | 'released' | 'modified';

/** The fields of the four outcomes, as rhea decodes them. */
export interface Outcome {
  readonly undeliverable_here?: boolean;
  readonly message_annotations?: Properties;
  readonly error?: { readonly info?: Properties };
}

/** A described list, ready to be written. */
export type DeliveryState = object;

export function dispositionOf(name: OutcomeName, outcome: Outcome): Disposition {
  switch (name) {
    case 'accepted':
      return { kind: 'complete' };
    case 'released':
      return { kind: 'abandon' };
    case 'modified':
      return {
        kind: outcome.undeliverable_here ? 'defer' : 'abandon',
        properties: outcome.message_annotations,
      };
    case 'rejected': {
      const { DeadLetterReason, DeadLetterErrorDescription, ...properties } = outcome.error?.info ?? {};
      return {
        kind: 'deadLetter',
        reason: text(DeadLetterReason),
        description: text(DeadLetterErrorDescription),
        properties,
      };
    }
  }
}

/** The state that confirms a settlement: the outcome the client asked for. */
export function confirmation(name: OutcomeName, outcome: Outcome): DeliveryState {
  switch (name) {
    case 'accepted':
      return described('accepted', {});
    case 'released':
      return described('released', {});
    case 'modified':
      return described('modified', { undeliverable_here: outcome.undeliverable_here });
    case 'rejected':
      return described('rejected', {});
  }
}

/** The state that refuses a settlement: the SDK throws its error. */
export function refusal(error: unknown): DeliveryState {
  const { condition, message } = asBrokerError(error);
  return described('rejected', { error: { condition, description: message } });
}

function described(name: OutcomeName, fields: object): DeliveryState {
  const composites = rhea.message as unknown as Record<
    OutcomeName,
    (fields: object) => { described(): object }
  >;
  return composites[name](fields).described();
}

const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
