/** GitHub Apps: the assertion (JWT) with which an app says who it is, and the tokens of its installations. */
import { createHmac, verify } from 'node:crypto';
import type { AppGiven } from './credential-schema.ts';

/** Which installation a token belongs to, and its end in epoch milliseconds. */
export interface AppToken {
  readonly id: number;
  readonly expiresAt: number;
}

/** A token tells its installation and its end, sealed, so that a simulator that was started again knows it still. */
export function installationToken({ id, expiresAt }: AppToken, publicKey: string): string {
  const said = `${id.toString(36)}_${Math.floor(expiresAt / 1000).toString(36)}`;
  return `ghs_${said}_${createHmac('sha256', publicKey).update(said).digest('hex').slice(0, 24)}`;
}

/** What a token says of itself; whether that is true is for the seal to tell. */
export function readInstallationToken(token: string): AppToken | undefined {
  const [, id, end] = /^ghs_([0-9a-z]+)_([0-9a-z]+)_[0-9a-f]{24}$/.exec(token) ?? [];
  if (id === undefined || end === undefined) return undefined;
  return { id: parseInt(id, 36), expiresAt: parseInt(end, 36) * 1000 };
}

const JWT_SECONDS = 600;
/** GitHub's words; @octokit/auth-app corrects its clock when it reads the ones about exp and iat. */
const words = {
  notDecoded: 'A JSON web token could not be decoded',
  exp: "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
  expFar: "'Expiration time' claim ('exp') is too far in the future",
  iat: "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
  iss: 'Integration not found',
} as const;

export type Assertion = { readonly app: AppGiven } | { readonly status: 401 | 404; readonly message: string };

const unauthorized = (message: string): Assertion => ({ status: 401, message });

function claimsOf(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The app that an assertion is from, or GitHub's refusal of it.
 * https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
 * @param now epoch milliseconds
 */
export function readAssertion(
  jwt: string | undefined,
  appOf: (appId: string) => AppGiven | undefined,
  now: number,
): Assertion {
  const [head = '', payload = '', signature = '', ...more] = jwt?.split('.') ?? [];
  const claims = claimsOf(payload);
  if (!claims || more.length > 0 || claimsOf(head)?.alg !== 'RS256') return unauthorized(words.notDecoded);
  const { iss, exp, iat } = claims;
  const app = typeof iss === 'string' || typeof iss === 'number' ? appOf(String(iss)) : undefined;
  if (app === undefined) return { status: 404, message: words.iss };
  const signed = Buffer.from(`${head}.${payload}`);
  if (!verify('RSA-SHA256', signed, app.publicKey, Buffer.from(signature, 'base64url')))
    return unauthorized(words.notDecoded);
  const seconds = now / 1000;
  if (typeof exp !== 'number' || exp <= seconds) return unauthorized(words.exp);
  if (exp > seconds + JWT_SECONDS) return unauthorized(words.expFar);
  if (!Number.isInteger(iat) || (iat as number) > seconds) return unauthorized(words.iat);
  return { app };
}
