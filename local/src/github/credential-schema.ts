/** The forms of the credentials that a user gives the simulator: tokens, and GitHub Apps with their installations. */
import { createPublicKey } from 'node:crypto';
import { z } from 'zod';

const budget = {
  /** Points in an hour; enforced even where limits are not. */
  pointsPerHour: z.int().min(0).optional(),
  /** GraphQL server seconds in a second; enforced even where limits are not. */
  computeSeconds: z.number().min(0).optional(),
};

export const credentialGiven = z.strictObject({
  /** What the oracle calls it. */
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,38}$/i, 'is not a name of letters, digits and hyphens'),
  token: z.string().regex(/^\S+$/, 'is not a token'),
  /** Logins whose private repositories it sees; all of them without this list. Public ones are seen by everybody. */
  owners: z.array(z.string().min(1)).optional(),
  ...budget,
  revoked: z.boolean().optional(),
});
export type CredentialGiven = z.infer<typeof credentialGiven>;

function isRsaKey(pem: string): boolean {
  try {
    return createPublicKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}

export const appGiven = z.strictObject({
  appId: z.union([z.int().min(1), z.string().min(1)]),
  publicKey: z.string().refine(isRsaKey, 'is not an RSA public key in PEM form'),
  /** Each is a credential of its own, named `app-<id>`, that sees the private repositories of its owner. */
  installations: z.array(z.strictObject({ id: z.int().min(1), owner: z.string().min(1), ...budget })),
});
export type AppGiven = z.infer<typeof appGiven>;

/** What is given twice; a token is never named. */
export function doubles(credentials: readonly CredentialGiven[], apps: readonly AppGiven[]): string[] {
  const again = (values: readonly string[]) => values.filter((value, i) => values.indexOf(value) !== i);
  const names = [
    ...credentials.map(({ name }) => name),
    ...apps.flatMap(({ installations }) => installations.map(({ id }) => `app-${id}`)),
  ];
  const tokens = credentials.filter(({ token }, i) => credentials.findIndex((c) => c.token === token) !== i);
  return [
    ...again(names).map((name) => `credential ${name} is given twice`),
    ...again(apps.map(({ appId }) => String(appId))).map((appId) => `app ${appId} is given twice`),
    ...tokens.map(({ name }) => `credential ${name} has the token of another`),
  ];
}
