/** The simulator's own HTTP surface under `/_simulator`: what a test orders, and what the oracle knows. */
import { z } from 'zod';
import type { Agenda } from './agenda.ts';
import type { CallLog } from './call-log.ts';
import { orderEvents, orderFaults, type Stage } from './carry-out.ts';
import type { Faults } from './faults.ts';
import { faultOrder, worldEvent } from './order-schema.ts';
import { WorldError } from './world-error.ts';

export interface ControlReply {
  readonly status: number;
  readonly body: unknown;
}

/**
 * `POST events` and `POST faults` take one order or a list of them, `DELETE faults` and `DELETE calls` forget,
 * `GET calls` reports. 400 names what is wrong with an order, 409 an event that cannot happen; the ones before it have.
 */
export function control(
  {
    agenda,
    faults,
    calls,
    ...stage
  }: Stage & { readonly agenda: Agenda; readonly faults: Faults; readonly calls: CallLog },
  method: string,
  path: string,
  body: string,
): ControlReply {
  try {
    switch (`${method} ${path}`) {
      case 'POST /_simulator/events': {
        const events = z.union([z.array(worldEvent), worldEvent]).parse(JSON.parse(body));
        const list = Array.isArray(events) ? events : [events];
        orderEvents(stage, agenda, list);
        const waiting = list.filter(({ when }) => when).length;
        return { status: 200, body: { applied: list.length - waiting, waiting } };
      }
      case 'POST /_simulator/faults': {
        orderFaults(faults, [z.union([z.array(faultOrder), faultOrder]).parse(JSON.parse(body))].flat());
        return { status: 200, body: { pending: faults.pending } };
      }
      case 'DELETE /_simulator/faults':
        faults.clear();
        return { status: 200, body: { pending: 0 } };
      case 'GET /_simulator/calls':
        return { status: 200, body: calls.report() };
      case 'DELETE /_simulator/calls':
        calls.reset();
        return { status: 200, body: calls.report() };
      default:
        return { status: 404, body: { message: `The GitHub simulator has no ${method} ${path}` } };
    }
  } catch (error) {
    if (error instanceof WorldError) return { status: 409, body: { message: error.message } };
    if (error instanceof z.ZodError) return { status: 400, body: { message: z.prettifyError(error) } };
    if (error instanceof SyntaxError) return { status: 400, body: { message: 'The body is not JSON' } };
    throw error;
  }
}
