/** `POST /graphql`: from the request to what GitHub does with it, in the order in which GitHub would notice things. */
import type { GraphQLSchema } from 'graphql';
import { tokenLabel, type CallEnd, type CallLog } from './call-log.ts';
import { effectOf, type Fault, type Faults } from './faults.ts';
import { formatError } from './github-error.ts';
import { textHash, uniform } from './hash.ts';
import { loadFactor, OVERHEAD_SECONDS, TIMEOUT_POINTS, TIMEOUT_SECONDS, timeoutOf } from './latency.ts';
import type { Limits } from './limits.ts';
import { ownerNode } from './owner-node.ts';
import { queryCost, valueOf, type Variables } from './query-cost.ts';
import type { Query, QueryDocuments } from './query-document.ts';
import * as replies from './reply.ts';
import type { Reply } from './reply.ts';
import type { RateLimitState, RequestContext } from './request-context.ts';
import { runQuery } from './run-query.ts';
import type { World } from './world.ts';

export interface EndpointOptions {
  readonly world: World;
  readonly schema: GraphQLSchema;
  readonly documents: QueryDocuments;
  readonly limits: Limits;
  readonly faults: Faults;
  readonly calls: CallLog;
  /** Whether requests take GitHub's time; without, only repositories made slow can time out. */
  readonly takesTime: boolean;
  /** Whether one query may ask only so much; see `request-context.ts`. */
  readonly limitsResources: boolean;
  readonly acceptsToken: (token: string) => boolean;
  readonly now: () => number;
}

export interface Request {
  readonly authorization: string | undefined;
  readonly userAgent: string | undefined;
  readonly body: string;
  readonly requestId: string;
  /** Counts up; a draw for each request. */
  readonly number: number;
}

/** What to do with the connection: reply after so many seconds, maybe cut in half; or break it. */
export interface Outcome {
  readonly reply: Reply;
  readonly seconds: number;
  readonly connection: 'reply' | 'cut' | 'reset' | 'hang';
  /** To be called once, just before the reply goes out or when the client went away. */
  readonly end: (broken?: boolean) => void;
}

/** The most that one query may ask in repositories with five counts each, before later ones are left out. */
const RESOURCE_UNITS = 80;
const RESOURCE_JITTER = textHash('resource-units');

interface Body {
  readonly query: string;
  readonly variables: Variables;
  readonly operationName: string | undefined;
}

function readBody(text: string): Body | Reply {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return replies.problemsParsing;
  }
  if (typeof value !== 'object' || value === null) return replies.problemsParsing;
  const { query, variables, operationName } = value as Record<string, unknown>;
  if (typeof query !== 'string') return replies.queryMissing;
  const isObject = typeof variables === 'object' && variables !== null;
  return {
    query,
    variables: isObject ? (variables as Variables) : {},
    operationName: typeof operationName === 'string' && operationName !== '' ? operationName : undefined,
  };
}

function rateLimitHeaders({ limit, remaining, used, reset }: RateLimitState): Record<string, string> {
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-used': String(used),
    'x-ratelimit-reset': String(reset),
    'x-ratelimit-resource': 'graphql',
  };
}

function isFree(query: Query, variables: Variables): { readonly dryRun: boolean; readonly free: boolean } {
  const argument = query.rateLimit?.field.arguments?.find(({ name }) => name.value === 'dryRun');
  const dryRun = argument !== undefined && valueOf(argument.value, variables) === true;
  return { dryRun, free: dryRun || query.rateLimit?.only === true };
}

/** Answers one request. Everything happens at once; only the reply waits. */
export function answer(options: EndpointOptions, request: Request): Outcome {
  const { world, limits, calls, now } = options;
  const outright = (reply: Reply): Outcome => ({ reply, seconds: 0, connection: 'reply', end: () => {} });
  if (!request.userAgent) return outright(replies.noUserAgent);
  const [, secret] = /^(?:token|bearer)\s+(\S+)$/i.exec(request.authorization ?? '') ?? [];
  if (secret === undefined || !options.acceptsToken(secret)) return outright(replies.badCredentials);
  const body = readBody(request.body);
  if ('status' in body) return outright(body);

  const token = tokenLabel(secret);
  const read = options.documents.read(body.query, body.operationName);
  const query = 'document' in read ? read : undefined;
  const variables = { ...query?.defaults, ...body.variables };
  const cost = queryCost(query?.cost ?? [], variables);
  const { dryRun, free } = query ? isFree(query, variables) : { dryRun: false, free: true };
  const points = free ? 0 : cost.points;
  const log = calls.begin(token, query?.kind ?? 'other', now());

  let ended = false;
  const finish = (reply: Reply, call: Omit<CallEnd, 'reply'>, rest: Partial<Outcome> = {}): Outcome => ({
    reply: { ...reply, headers: { ...rateLimitHeaders(limits.state(token)), ...reply.headers } },
    seconds: 0,
    connection: 'reply',
    ...rest,
    end: (broken) => {
      if (ended) return;
      ended = true;
      log({ ...call, reply: broken ? 'broken' : reply.status });
      rest.end?.(broken);
    },
  });
  const costless = { points: 0, seconds: 0, timedOut: false };

  const fault = options.faults.take(query?.kind ?? 'other', token);
  const effect = fault && effectOf(fault, request.requestId, now());
  if (effect && 'connection' in effect) return finish(replies.empty, costless, effect);
  if (effect && 'reply' in effect) {
    if (effect.limitedFor) calls.limitedUntil(token, now() + effect.limitedFor * 1000);
    const { exhausted } = effect;
    const reset = exhausted && Math.ceil(now() / 1000 + exhausted.resetAfter);
    const { limit } = limits.state(token);
    const headers = reset === undefined ? {} : rateLimitHeaders({ limit, remaining: 0, used: limit, reset });
    return finish({ ...effect.reply, headers: { ...headers, ...effect.reply.headers } }, costless);
  }

  const refusal = limits.begin(token, points);
  if (refusal) {
    calls.limitedUntil(token, refusal.until);
    const reply =
      refusal.limit === 'secondary'
        ? replies.secondaryLimit(refusal.status, refusal.retryAfter, request.requestId)
        : replies.rateLimited(request.number % 2 === 0 ? 'RATE_LIMIT' : 'RATE_LIMITED');
    return finish(reply, costless);
  }

  const jitter = 0.9 + 0.2 * uniform(world.seed, RESOURCE_JITTER, request.number);
  const context: RequestContext = {
    world,
    cost,
    rateLimit: limits.state(token),
    ownerNode,
    headers: {},
    modelSeconds: OVERHEAD_SECONDS,
    forcedSeconds: 0,
    resourceUnits: options.limitsResources ? RESOURCE_UNITS * jitter : Infinity,
  };
  const text = query
    ? runQuery(
        options.schema,
        dryRun && query.rateLimit ? query.rateLimit.alone : query.document,
        variables,
        body.operationName,
        context,
      )
    : JSON.stringify({ errors: (read as Exclude<typeof read, Query>).map(formatError) });
  const modelled = context.modelSeconds * loadFactor(world.seed, request.number) + context.forcedSeconds;
  const felt = options.takesTime ? modelled : context.forcedSeconds;
  const timedOut = felt > TIMEOUT_SECONDS;
  const timeout = timeoutOf(world.seed, request.number);
  const spent = timedOut ? timeout.seconds : modelled;
  const seconds = options.takesTime ? spent : 0;
  const broken = timedOut ? effectOf(timeout.fault as Fault, request.requestId, now()) : undefined;
  const reply = broken && 'reply' in broken ? broken.reply : replies.graphqlReply(text);
  const change = effect && 'answer' in effect ? effect.answer : {};
  const docked = timedOut ? TIMEOUT_POINTS : 0;
  return finish(
    { ...reply, headers: { ...reply.headers, ...context.headers } },
    { points: points + docked, seconds: spent, timedOut },
    {
      seconds: seconds + (change.delay ?? 0),
      connection: change.cut ? 'cut' : 'reply',
      end: () => limits.end(token, seconds, docked),
    },
  );
}
