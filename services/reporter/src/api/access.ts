/**
 * Who may ask what. With keys the host has checked already. With Entra ID the app's own authentication stands before the functions, and
 * tells of who signed in by a header that it lets nobody else send; while it is off, nothing is answered, since anybody could send it.
 */
import * as z from 'zod';
import { RequestProblem } from './problem.ts';

/** An operator may read too. */
export type Role = 'reader' | 'operator';

/** @returns the id of who asks, where it is known. @throws RequestProblem for who may not. */
export type Access = (headers: Pick<Headers, 'get'>, needed: Role) => string | undefined;

export const byKeys: Access = () => undefined;

const PRINCIPAL = 'x-ms-client-principal';
const SIGN_IN = '/.auth/login/aad';
/** @see https://learn.microsoft.com/azure/app-service/configure-authentication-user-identities */
const Principal = z.object({
  role_typ: z.string().nullish(),
  claims: z.array(z.object({ typ: z.string(), val: z.string() })),
});
const ROLE_CLAIMS = ['roles', 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role'];
const SUFFICE: Record<Role, readonly string[]> = { reader: ['reader', 'operator'], operator: ['operator'] };

/** @param enabled what the platform says of its authentication: WEBSITE_AUTH_ENABLED. */
export const byRoles =
  (enabled: string | undefined): Access =>
  (headers, needed) => {
    if (enabled?.toLowerCase() !== 'true')
      throw new RequestProblem(
        503,
        'Nobody can sign in',
        'Auth_Mode: is entra, but the authentication of this app is off, so that anybody could claim to be anybody; switch it on, or set Auth_Mode to keys',
      );
    const roles = rolesIn(headers.get(PRINCIPAL));
    if (!roles)
      throw new RequestProblem(401, 'You are not signed in', `Sign in at ${SIGN_IN}, and ask again`, {
        signIn: SIGN_IN,
      });
    if (!SUFFICE[needed].some((role) => roles.has(role)))
      throw new RequestProblem(
        403,
        'You may not',
        needed === 'operator'
          ? 'roles: operator is not among yours, so you may order nothing; who manages this app in Entra ID can assign it'
          : 'roles: neither reader nor operator is among yours; who manages this app in Entra ID can assign one',
      );
    return headers.get(`${PRINCIPAL}-id`) ?? undefined;
  };

/** Undefined when nobody is told of. */
function rolesIn(principal: string | null): ReadonlySet<string> | undefined {
  if (!principal) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(principal, 'base64').toString());
  } catch {
    return undefined;
  }
  const read = Principal.safeParse(json);
  if (!read.success) return undefined;
  const { role_typ: own, claims } = read.data;
  return new Set(claims.filter(({ typ }) => typ === own || ROLE_CLAIMS.includes(typ)).map(({ val }) => val));
}
