/** `POST /graphql`: from the request to what GitHub does with it, in the order in which GitHub would notice things. */
import type { GraphQLSchema } from 'graphql';
import type { CallEnd, CallLog } from './call-log.ts';
import type { Credentials } from './credentials.ts';
import { effectOf, type FaultEffect, type Faults, type Harm } from './faults.ts';
import { formatError } from './github-error.ts';
import { isQuery, readRequest, type GraphqlRequest, type HttpRequest } from './graphql-request.ts';
import { textHash, uniform } from './hash.ts';
import { loadFactor, TIMEOUT_POINTS, TIMEOUT_SECONDS, timeoutOf, type LatencyModel } from './latency.ts';
import type { Limits, Refusal } from './limits.ts';
import { ownerNode } from './owner-node.ts';
import type { CallKind, QueryDocuments } from './query-document.ts';
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
  /** Told of each call before it is answered: the world may change by it. */
  readonly onCall: (kind: CallKind) => void;
  /** Real seconds for each of GitHub's; at 0 only repositories made slow time out, and at once. */
  readonly timeScale: number;
  readonly latency: LatencyModel;
  /** See request-context.ts. */
  readonly showsStargazers: boolean;
  /** Whether one query may ask only so much; see request-context.ts. */
  readonly limitsResources: boolean;
  readonly credentials: Credentials;
  readonly now: () => number;
}

export interface NumberedRequest extends HttpRequest {
  readonly requestId: string;
  /** Counts up: the key of what is drawn for each request. */
  readonly number: number;
}

/** What to do with the connection: reply after so many real seconds, maybe cut in half; or break it. */
export interface Outcome {
  readonly reply: Reply;
  readonly seconds: number;
  readonly connection: 'reply' | 'cut' | 'reset' | 'hang';
  /** Ends the call, the first time it is called: just before the reply goes out, or when the client has gone away. */
  readonly end: (broken?: boolean) => void;
}

/** The most that one query may ask in repositories with five counts each, before later ones are left out. */
const RESOURCE_UNITS = 80;
const MISSING = textHash('missing-repository');
const RESOURCE_JITTER = textHash('resource-units');
const costless = { points: 0, seconds: 0, timedOut: false };

function rateLimitHeaders({ limit, remaining, used, reset }: RateLimitState): Record<string, string> {
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-used': String(used),
    'x-ratelimit-reset': String(reset),
    'x-ratelimit-resource': 'graphql',
  };
}

/** Answers one request. Everything is done at once; only the reply waits. */
export function answer(options: EndpointOptions, http: NumberedRequest): Outcome {
  const { limits, calls, now } = options;
  const callerOf = (token: string) => options.credentials.caller(token, now());
  const request = readRequest(http, callerOf, options.documents);
  if ('status' in request) return { reply: request, seconds: 0, connection: 'reply', end: () => {} };
  const { caller, kind, repositories, points } = request;
  const token = caller.label;
  const log = calls.begin(token, { kind, repositories }, now());

  options.onCall(kind);
  const fault = caller.revoked ? 'bad-credentials' : options.faults.take(kind, token, http.number);
  const effect = fault && effectOf(fault, http.requestId, now());
  let outcome: Performed;
  if (effect && !('answer' in effect)) outcome = broken(options, token, effect);
  else {
    const refusal = limits.begin(token, points);
    outcome = refusal ? refused(refusal, http) : perform(options, request, http, effect ? effect.answer : {});
  }

  const { reply, call, onEnd, ...rest } = outcome;
  let ended = false;
  const end: Outcome['end'] = (isBroken) => {
    if (ended) return;
    ended = true;
    log({ ...call, reply: isBroken ? 'broken' : reply.status }, now());
    onEnd?.();
  };
  const headers = reply.fromProxy
    ? reply.headers
    : { ...rateLimitHeaders(limits.state(token)), ...reply.headers };
  return { ...rest, reply: { ...reply, headers }, end };
}

interface Performed extends Omit<Outcome, 'end'> {
  readonly call: Omit<CallEnd, 'reply'>;
  readonly onEnd?: () => void;
}

/** A fault that takes the place of the answer. */
function broken(
  { limits, timeScale, now }: EndpointOptions,
  token: string,
  effect: Exclude<FaultEffect, { answer: unknown }>,
): Performed {
  if ('connection' in effect)
    return { reply: replies.empty, seconds: 0, connection: effect.connection, call: costless };
  const { reply, limitedFor, exhaustedFor, remaining = 0, seconds = 0 } = effect;
  const { limit } = limits.state(token);
  const reset = exhaustedFor === undefined ? undefined : Math.ceil(now() / 1000 + exhaustedFor);
  const headers =
    reset === undefined ? {} : rateLimitHeaders({ limit, remaining, used: limit - remaining, reset });
  return {
    reply: { ...reply, headers: { ...headers, ...reply.headers } },
    seconds: seconds * timeScale,
    connection: 'reply',
    call: {
      ...costless,
      seconds,
      timedOut: seconds > 0,
      ...(limitedFor !== undefined && { limitedUntil: now() + limitedFor * 1000 }),
    },
  };
}

function refused(refusal: Refusal, http: NumberedRequest): Performed {
  const reply =
    refusal.limit === 'secondary'
      ? replies.secondaryLimit(refusal.status, refusal.retryAfter, http.requestId)
      : replies.rateLimited(http.number % 2 === 0 ? 'RATE_LIMIT' : 'RATE_LIMITED');
  const call = { ...costless, limitedUntil: refusal.until };
  return { reply, seconds: 0, connection: 'reply', call };
}

/** Runs the query and reckons how long GitHub would have taken; past its patience the answer is lost and points docked. */
function perform(
  { world, schema, limits, timeScale, latency, showsStargazers, limitsResources, now }: EndpointOptions,
  { caller, kind, query, variables, operationName, cost, points, dryRun }: GraphqlRequest,
  { number, requestId }: NumberedRequest,
  { cut, delay = 0, missing }: Harm,
): Performed {
  const token = caller.label;
  const jitter = 0.9 + 0.2 * uniform(world.seed, RESOURCE_JITTER, number);
  const context: RequestContext = {
    world,
    cost,
    rateLimit: limits.state(token),
    missing: (slot) =>
      missing && uniform(world.seed, MISSING, slot, number) < missing.share ? missing.failure : undefined,
    seesPrivateOf: caller.seesPrivateOf,
    ownerNode,
    headers: {},
    latency,
    showsStargazers,
    modelSeconds: latency.secondsPerCall,
    forcedSeconds: 0,
    resourceUnits: limitsResources ? RESOURCE_UNITS * jitter : Infinity,
  };
  let text: string;
  if (isQuery(query)) {
    const document = (dryRun && query.rateLimit?.alone) || query.document;
    text = runQuery(schema, document, variables, operationName, context);
  } else text = JSON.stringify({ errors: query.map(formatError) });

  const listing = kind === 'listing' ? latency.secondsPerListing : undefined;
  const modelled =
    (listing ?? context.modelSeconds) * loadFactor(world.seed, number, latency) + context.forcedSeconds;
  const timedOut = (timeScale > 0 ? modelled : context.forcedSeconds) > TIMEOUT_SECONDS;
  const timeout = timeoutOf(world.seed, number);
  const spent = timedOut ? timeout.seconds : modelled;
  const seconds = spent * timeScale;
  const docked = timedOut ? TIMEOUT_POINTS : 0;
  const reply = timedOut ? replies.timeout(timeout.kind, requestId, now()) : replies.graphqlReply(text);
  return {
    reply: { ...reply, headers: { ...reply.headers, ...context.headers } },
    seconds: seconds + delay,
    connection: cut ? 'cut' : 'reply',
    call: { points: points + docked, seconds: spent, timedOut },
    // Without latency no server time passes that could be too much.
    onEnd: () => limits.end(token, timeScale > 0 ? spent : 0, docked),
  };
}
