/** Ends a connection at once. */
import type { Socket } from 'node:net';

/** With an error, because rhea clears a connection's timers on nothing less. */
export function cut(socket: Socket): void {
  socket.destroy(new Error('The Service Bus broker is closing'));
}
