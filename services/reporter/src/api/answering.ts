/** What every request of the API goes through: no key in its address, who may ask, and every answer with its headers, a problem in words too. */
import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import { errorFields, logTo, type Log } from '@github-repo-stats/shared/log';
import { isOutage } from '@github-repo-stats/shared/settlement';
import type { Access, Role } from './access.ts';
import { RequestProblem, unusable } from './problem.ts';
import { respond, type Answer } from './respond.ts';

export type Handler = (request: HttpRequest, context: InvocationContext) => Promise<HttpResponseInit>;

export interface Guard {
  access: Access;
  /** What whoever asks must be. */
  role: Role;
}

/** @param answer throws RequestProblem for what cannot be answered; it is told who asks, where that is known. */
export const answering =
  (guard: Guard, answer: (request: HttpRequest, log: Log, who?: string) => Promise<Answer>): Handler =>
  async (request, context) => {
    const log = logTo(context);
    const made = await guarded(request, guard, (who) => answer(request, log, who)).catch((error: unknown) => {
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

async function guarded(
  request: HttpRequest,
  { access, role }: Guard,
  answer: (who: string | undefined) => Promise<Answer>,
): Promise<Answer> {
  if (new URL(request.url).searchParams.has('code'))
    throw unusable(
      'code: a key in an address ends up in logs; send it as the header x-functions-key, and renew it if it is a real one',
    );
  return answer(access(request.headers, role));
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
