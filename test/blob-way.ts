/** The way from the archiver to Azurite, on which a test can meddle with requests: the emulator itself has no faults to order. */
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** What becomes of a request. */
export interface Meddling {
  /** Instead of passing it on. */
  before?: (outgoing: ServerResponse) => void;
  /** Instead of passing its answer back: it was done all the same. */
  after?: (outgoing: ServerResponse) => void;
}

export class BlobWay {
  readonly #server: Server;
  readonly #azurite = Promise.withResolvers<URL>();
  readonly #meddle: (incoming: IncomingMessage) => Meddling | undefined;

  private constructor(meddle: (incoming: IncomingMessage) => Meddling | undefined) {
    this.#meddle = meddle;
    this.#server = createServer((incoming, outgoing) => void this.#passOn(incoming, outgoing));
  }

  static async open(meddle: (incoming: IncomingMessage) => Meddling | undefined): Promise<BlobWay> {
    const way = new BlobWay(meddle);
    await new Promise<void>((resolve) => way.#server.listen(0, '127.0.0.1', resolve));
    return way;
  }

  /** What the archiver is told. As Azurite is addressed: requests are signed with the account's path. */
  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/devstoreaccount1/archive`;
  }

  /** Until then requests wait: what lay in the queue is handled before the platform says that it is up. */
  leadTo(azurite: URL): void {
    this.#azurite.resolve(azurite);
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #passOn(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const meddling = this.#meddle(incoming);
    if (meddling?.before) return meddling.before(outgoing);
    const { hostname, port } = await this.#azurite.promise;
    const { url: path, method, headers } = incoming;
    const onward = httpRequest({ hostname, port, path, method, headers }, (answer: IncomingMessage) => {
      if (meddling?.after) meddling.after(outgoing);
      else answer.pipe(outgoing.writeHead(answer.statusCode ?? 500, answer.headers));
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  }
}
