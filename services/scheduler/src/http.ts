/** Answers of the HTTP API: JSON, and problems as RFC 9457 spells them. */
import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import { isOutage } from '@github-repo-stats/shared/settlement';
import { errorFields, logTo, type Log } from '@github-repo-stats/shared/log';
import type { z } from 'zod';
import { SourcesError } from './current-sources.ts';

/** A request that cannot be served, in words for whoever made it. */
export class RequestProblem extends Error {
  readonly status: number;
  /** In seconds: when to ask again. */
  readonly retryAfter: number | undefined;
  constructor(status: number, message: string, retryAfter?: number) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

export const json = (
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): HttpResponseInit => ({
  status,
  headers: { 'cache-control': 'no-store', ...headers },
  jsonBody: body,
});

const problem = (
  status: number,
  detail: string,
  { retryAfter, ...more }: Record<string, unknown> & { retryAfter?: number | undefined } = {},
): HttpResponseInit => ({
  status,
  headers: {
    'content-type': 'application/problem+json',
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
  },
  body: JSON.stringify({ type: 'about:blank', status, detail, ...more }),
});

/** More than any body that can be used: the sources of a run take 1.5 MB at most, and people indent. */
const MOST_CHARACTERS = 8_000_000;

/** The JSON body of a request; undefined when it is empty. */
export async function bodyOf(request: HttpRequest): Promise<unknown> {
  const text = await request.text();
  if (text.trim() === '') return undefined;
  if (text.length > MOST_CHARACTERS)
    throw new RequestProblem(413, `The body has more than ${MOST_CHARACTERS} characters`);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    // Where, and not what is there: it may be a secret that was sent to the wrong place.
    const [where = ''] = / at position \d+( \(line \d+ column \d+\))?/.exec((error as Error).message) ?? [];
    throw new RequestProblem(400, `The body is not JSON${where}`);
  }
}

const MOST_PROBLEMS = 20;

/** @throws RequestProblem with what is wrong, field by field; an absent body is an empty one. */
export function parsed<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const result = schema.safeParse(body ?? {});
  if (result.success) return result.data;
  const problems = result.error.issues
    .slice(0, MOST_PROBLEMS)
    .map((i) => `${i.path.join('.') || 'body'}: ${i.message}`.slice(0, 300));
  throw new RequestProblem(400, `The body cannot be used: ${problems.join('; ')}`);
}

/** @param link the host's own trace of the request. */
type Answer = (request: HttpRequest, log: Log, link: string | undefined) => Promise<HttpResponseInit>;

/** Turns what a handler throws into an answer; what is unforeseen is logged and answered without details. */
export const answering =
  (answer: Answer) =>
  async (request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> => {
    const log = logTo(context);
    try {
      return await answer(request, log, context.traceContext?.traceParent);
    } catch (error) {
      if (error instanceof RequestProblem) {
        const { status, message, retryAfter } = error;
        return problem(status, message, { retryAfter });
      }
      if (error instanceof SourcesError) return problem(400, error.message, { problems: error.problems });
      log('error', 'request failed', { method: request.method, ...errorFields(error) });
      if (isOutage(error)) return problem(503, 'Cosmos DB or Service Bus is away; try again later');
      return problem(500, 'Unforeseen; the log of the scheduler says more');
    }
  };
