/** What every request of the API goes through: no key in its address, and every answer with its headers, a problem in words too. */
import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import { errorFields, logTo, type Log } from '@github-repo-stats/shared/log';
import { isOutage } from '@github-repo-stats/shared/settlement';
import { RequestProblem, unusable } from './problem.ts';
import { respond, type Answer } from './respond.ts';

export type Handler = (request: HttpRequest, context: InvocationContext) => Promise<HttpResponseInit>;

/** @param answer throws RequestProblem for what cannot be answered. */
export const answering =
  (answer: (request: HttpRequest, log: Log) => Promise<Answer>): Handler =>
  async (request, context) => {
    const log = logTo(context);
    const made = await refusingKeys(request, () => answer(request, log)).catch((error: unknown) => {
      if (error instanceof RequestProblem) return problem(error);
      log('error', 'request failed', { method: request.method, ...errorFields(error) });
      return problem(
        isOutage(error)
          ? new RequestProblem(503, 'Cosmos DB cannot be reached', 'Nothing is lost; ask again in a while')
          : new RequestProblem(500, 'Unforeseen', 'The log of the reporter says more; ask again'),
      );
    });
    return respond(request.headers.get('accept-encoding'), made);
  };

async function refusingKeys(request: HttpRequest, answer: () => Promise<Answer>): Promise<Answer> {
  if (new URL(request.url).searchParams.has('code'))
    throw unusable(
      'code: a key in an address ends up in logs; send it as the header x-functions-key, and renew it if it is a real one',
    );
  return answer();
}

const problem = ({ status, title, message: detail, more }: RequestProblem): Answer => ({
  status,
  type: 'application/problem+json',
  ...(more.retryAfter !== undefined && { headers: { 'retry-after': String(more.retryAfter) } }),
  body: JSON.stringify({
    type: 'about:blank',
    title,
    status,
    detail,
    ...(more.signIn !== undefined && { signIn: more.signIn }),
  }),
});
