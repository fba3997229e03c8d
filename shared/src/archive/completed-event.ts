/** The event that a run has ended, as Event Grid puts it into the queue of the archive, and as it is put there once more. */
import * as z from 'zod';
import { parseMessage } from '../messages.ts';
import { RUN_COMPLETED } from '../topology.ts';

/** What else it holds is for others, and stays. */
const RunCompleted = z.looseObject({
  type: z.literal(RUN_COMPLETED),
  data: z.looseObject({ runInfoId: z.string().regex(/^\d{9,11}$/, 'is not an epoch second') }),
});
export type RunCompleted = z.infer<typeof RunCompleted>;

/** @throws UnreadableMessage naming the message and the fields that are wrong. */
export const parseEvent = (body: unknown, messageId: string): RunCompleted =>
  parseMessage(RunCompleted, body, messageId);

/** @returns the id of the run. */
export const runOfEvent = ({ data }: RunCompleted): string => data.runInfoId;

/** The event as it is handed to a sender: the queue has no sessions. */
export interface EventEnvelope {
  body: RunCompleted;
  messageId: string;
  correlationId: string;
  subject: string;
  contentType: 'application/cloudevents+json; charset=utf-8';
}

export const eventEnvelope = (event: RunCompleted): EventEnvelope => ({
  body: event,
  subject: 'RunCompleted',
  messageId: runOfEvent(event),
  correlationId: `run-${runOfEvent(event)}`,
  contentType: 'application/cloudevents+json; charset=utf-8',
});
