/** Reads one answer of GitHub's GraphQL endpoint into a closed union; the same reading for listing and for statistics. */
import type { FailureReason } from '../reasons.ts';

/** What came over the wire, or why nothing did. Header names in lower case; `seconds` between request and answer. */
export type RawAnswer =
  | { status: number; headers: Readonly<Record<string, string>>; text: string; seconds: number }
  | { error: string; aborted: boolean; seconds: number };

/** One entry of `errors`: where in the answer, and GitHub's type and words. */
export interface GraphqlError {
  type?: string;
  message: string;
  path?: readonly (string | number)[];
  extensions?: { saml_failure?: boolean };
}

/** What the caller is to do with an answer. `cost` is in points, `seconds` is the time GitHub took. */
export type GithubReply = { points: number; seconds: number } & (
  | { kind: 'data'; data: Record<string, unknown>; errors: readonly GraphqlError[] }
  | { kind: 'limited'; limit: 'primary' | 'secondary'; waitMs: number; detail: string }
  | { kind: 'timeout'; detail: string }
  | { kind: 'refused'; reason: 'credentials' | 'forbidden' | 'saml' | 'ip-allow-list'; detail: string }
  | { kind: 'transport'; detail: string }
);

/** Why work waits, as logs and callers are told. */
export const limitReason = ({ limit }: Extract<GithubReply, { kind: 'limited' }>): string =>
  `GitHub limit: ${limit}`;

const isObject = (v: unknown): v is Record<string, unknown> =>
  typeof v === 'object' && v !== null && !Array.isArray(v);

const parse = (text: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

const errorsOf = (body: Record<string, unknown>): GraphqlError[] =>
  Array.isArray(body.errors)
    ? body.errors.filter(isObject).map((e) => ({ message: '', ...e }) as GraphqlError)
    : [];

const SECONDARY = /secondary rate limit/i;
const PRIMARY_TYPES = new Set(['RATE_LIMITED', 'RATE_LIMIT']);
const PRIMARY = /API rate limit (already )?exceeded/i;
const FORBIDDEN_TYPES = new Set(['FORBIDDEN', 'INSUFFICIENT_SCOPES']);
const TIMEOUT =
  /something went wrong while executing your query|respond to your request in time|timedout|timeout/i;

/** GitHub says 60 s where it says nothing. */
const DEFAULT_COOL_DOWN_MS = 60_000;

/** @param ours epoch ms, for where GitHub does not say what time it is by its own clock: ours may be wrong by minutes. */
function coolDownMs(headers: Readonly<Record<string, string>>, ours: number, primary: boolean): number {
  const theirs = Date.parse(headers['date'] ?? '');
  const now = Number.isFinite(theirs) ? theirs : ours;
  const retryAfter = headers['retry-after'];
  if (retryAfter !== undefined) {
    const seconds = Number(retryAfter);
    const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(retryAfter) - now;
    if (Number.isFinite(ms) && ms >= 0) return Math.max(1000, ms);
  }
  const reset = Number(headers['x-ratelimit-reset']);
  const exhausted = primary || headers['x-ratelimit-remaining'] === '0';
  // One second after the reset: clocks need not agree to the second.
  if (exhausted && reset > 0) return Math.max(1000, reset * 1000 + 1000 - now);
  return DEFAULT_COOL_DOWN_MS;
}

/** Why GitHub refuses something, by one of its errors. */
export function refusal(error: GraphqlError): 'forbidden' | 'saml' | 'ip-allow-list' {
  // First, since its text names the organisation, and that may be called SAML.
  if (/IP allow list/i.test(error.message)) return 'ip-allow-list';
  return error.extensions?.saml_failure === true || /SAML/.test(error.message) ? 'saml' : 'forbidden';
}

/** What an error says of the one repository that its path names; `again` when asking again may help. */
export function failureOf(error: GraphqlError): { reason: FailureReason; again: boolean } {
  if (error.type === 'NOT_FOUND') return { reason: 'not-found', again: false };
  if (FORBIDDEN_TYPES.has(error.type ?? '')) return { reason: refusal(error), again: false };
  if (error.type === 'RESOURCE_LIMITS_EXCEEDED' || TIMEOUT.test(error.message))
    return { reason: 'timeout', again: true };
  return { reason: 'transport', again: true };
}

/**
 * Classifies an answer. Messages and status codes as GitHub documents them or as they were reported.
 * @param now epoch milliseconds, to turn reset times into waits.
 */
export function readReply(raw: RawAnswer, now: number): GithubReply {
  const { seconds } = raw;
  if ('error' in raw) {
    const kind = raw.aborted ? 'timeout' : 'transport';
    return { kind, detail: raw.error, points: 0, seconds };
  }
  const { status, headers, text } = raw;
  const body = parse(text);
  const errors = body ? errorsOf(body) : [];
  const message = [body?.message, ...errors.map((e) => e.message)]
    .filter((m) => typeof m === 'string')
    .join('; ');
  const detail = `HTTP ${status}${message ? `: ${message.slice(0, 250)}` : ''}`;
  const cost = (body?.data as { rateLimit?: { cost?: unknown } } | null | undefined)?.rateLimit?.cost;
  const common = { detail, points: typeof cost === 'number' ? cost : 0, seconds };

  // GitHub documents 200 for an exhausted budget and sends 403 in the words of its REST API too.
  const exhausted =
    status === 403 && headers['x-ratelimit-remaining'] === '0' && headers['retry-after'] === undefined;
  const primary = errors.some((e) => PRIMARY_TYPES.has(e.type ?? '')) || PRIMARY.test(message) || exhausted;
  if (primary && !SECONDARY.test(message))
    return { kind: 'limited', limit: 'primary', waitMs: coolDownMs(headers, now, true), ...common };
  if (SECONDARY.test(message) || status === 429 || (status === 403 && headers['retry-after'] !== undefined))
    return { kind: 'limited', limit: 'secondary', waitMs: coolDownMs(headers, now, false), ...common };
  if (status === 401) return { kind: 'refused', reason: 'credentials', ...common };
  if (status === 403) return { kind: 'refused', reason: refusal({ message }), ...common };
  if (status >= 500) return { kind: 'timeout', ...common };
  if (status !== 200 || !body) return { kind: 'transport', ...common };
  if (isObject(body.data)) return { kind: 'data', data: body.data, errors, points: common.points, seconds };
  if (errors.some((e) => failureOf(e).reason === 'timeout')) return { kind: 'timeout', ...common };
  // What the token may not do at all has no path and leaves no data; asking again would not help.
  const forbidden = errors.find((e) => FORBIDDEN_TYPES.has(e.type ?? '') && e.path === undefined);
  if (forbidden) return { kind: 'refused', reason: refusal(forbidden), ...common };
  return { kind: 'transport', ...common };
}
