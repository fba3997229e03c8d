/** A request body that is handed over only while the request may still be sent, and asked at the last moment. */

/** Whether the request may be sent now; whoever is asked may first see to it that it may. */
export type MayStart = () => boolean | Promise<boolean>;

/** Fields of `RequestInit` that `timelyBody` comes with: without them fetch copies the body, and reads it ahead of the connection. */
export const UNCOPIED = { redirect: 'error', window: null } as const;

/**
 * Node's fetch reads the body when the connection stands, and writes the head of the request together with the first bytes of
 * it. So a request whose body fails then never reached the network, however long connecting took or the process was frozen.
 * @param mayStart asked once, just before the bytes go to the socket; false fails the request.
 */
export function timelyBody(text: string, mayStart: MayStart): Blob {
  const bytes = new TextEncoder().encode(text);
  const stream = (): ReadableStream<Uint8Array<ArrayBuffer>> =>
    new ReadableStream(
      {
        async pull(controller) {
          if (!(await mayStart()))
            return controller.error(new Error('Held back: the time in which to send was over'));
          controller.enqueue(bytes);
          controller.close();
        },
      },
      // Nothing is read ahead.
      { highWaterMark: 0 },
    );
  // A blob, since its length is known: a mere stream would be sent in chunks, of which servers and proxies may think otherwise.
  return Object.assign(new Blob([bytes]), { stream });
}
