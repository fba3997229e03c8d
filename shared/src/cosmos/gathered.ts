/**
 * Sends what is asked of the single documents of a container in one moment together, as one bulk request: a request for each would
 * take most of the writer's time. Every operation has an answer and a charge of its own, and none depends on another.
 */
import type { Container, OperationInput, OperationResponse, RequestOptions } from '@azure/cosmos';

export type Operation = Extract<
  OperationInput,
  { operationType: 'Create' | 'Read' | 'Replace' | 'Patch' }
> & {
  partitionKey: string;
};

/** What Cosmos DB says of one operation. */
export interface Answer {
  /** As of a request of its own: 200, 201, 404, 409, 412, 413, 429, 449 … */
  status: number;
  substatus?: number | undefined;
  /** Request charge. */
  ru: number;
  etag?: string | undefined;
  /** What was read. */
  document?: unknown;
  /** With 429 and 449, where Cosmos DB says it. */
  retryAfterMs?: number | undefined;
  message: string;
}

export interface Gathered {
  /** @throws what the SDK throws when the request was not answered, or not for this container. */
  send(operation: Operation): Promise<Answer>;
}

/** https://learn.microsoft.com/azure/cosmos-db/concepts-limits#per-request-limits */
const MOST_OPERATIONS = 100;
/** A whole request is refused so for a single operation of it, or put off. */
const OF_OPERATIONS = new Set([400, 403, 413, 429, 449]);

/** Beside what the SDK declares. */
type Result = OperationResponse & {
  subStatusCode?: number;
  retryAfterMilliseconds?: number;
  message?: string;
};
interface RequestError {
  code?: unknown;
  substatus?: number;
  message?: string;
  headers?: Record<string, unknown>;
  retryAfterInMs?: number;
}
interface Waiting {
  operation: Operation;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

const answerOf = (result: Result): Answer => ({
  status: result.statusCode,
  substatus: result.subStatusCode,
  ru: result.requestCharge,
  etag: result.eTag,
  document: result.resourceBody,
  retryAfterMs: result.retryAfterMilliseconds,
  message: result.message ?? '',
});

const refusalOf = ({ code, substatus, message = '', headers, retryAfterInMs }: RequestError): Answer => ({
  status: Number(code),
  substatus,
  ru: Number(headers?.['x-ms-request-charge'] ?? 0) || 0,
  retryAfterMs: retryAfterInMs,
  message,
});

/** @param keepsWritten whether answers to writes hold the document as it was written, which nobody needs who has it. */
export function gathered(container: Container, options: { keepsWritten: boolean }): Gathered {
  let waiting: Waiting[] = [];
  const requestOptions: RequestOptions = { contentResponseOnWriteEnabled: options.keepsWritten };

  async function request(together: readonly Waiting[]): Promise<void> {
    try {
      // Its successor sends what is less than a full request only after a second, and repeats by itself what is throttled.
      const results = await container.items.bulk(
        together.map((w) => w.operation),
        { continueOnError: true },
        requestOptions,
      );
      for (const [i, one] of together.entries()) one.resolve(answerOf(results[i] as Result));
    } catch (error) {
      await refused(together, ((error as Error).cause ?? error) as RequestError);
    }
  }

  /** What is wrong with one must not be held against the others: each is asked for by itself. */
  async function refused(together: readonly Waiting[], error: RequestError): Promise<void> {
    const ofOperations = typeof error.code === 'number' && OF_OPERATIONS.has(error.code);
    if (!ofOperations) for (const one of together) one.reject(error);
    else if (together.length > 1 && error.code !== 429 && error.code !== 449)
      await Promise.all(together.map((one) => request([one])));
    else for (const one of together) one.resolve(refusalOf(error));
  }

  function flush(): void {
    const all = waiting;
    waiting = [];
    for (let i = 0; i < all.length; i += MOST_OPERATIONS) void request(all.slice(i, i + MOST_OPERATIONS));
  }

  return {
    send(operation) {
      const { promise, resolve, reject } = Promise.withResolvers<Answer>();
      if (waiting.length === 0) setImmediate(flush);
      waiting.push({ operation, resolve, reject });
      return promise;
    },
  };
}
