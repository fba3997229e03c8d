/** Reads the setting `Github_Credentials`: tokens and installations of GitHub Apps as JSON. Its problems never hold a value. */
import { createPrivateKey } from 'node:crypto';
import * as z from 'zod';
import type { Credential } from './credentials.ts';

const required = (issue: { input?: unknown }): string =>
  issue.input === undefined ? 'is missing' : 'is not a text';
const text = z.string({ error: required }).trim().min(1, 'is empty');
/** Anything else could not be sent in a header, and the error of the attempt would quote it. */
export const githubToken = text.regex(/^[!-~]+$/, 'holds characters that no token has');
const name = text.regex(/^[a-z0-9][a-z0-9-]{0,38}$/i, 'is not 1 to 39 letters, digits and hyphens');
const login = text
  .regex(/^[a-z0-9][a-z0-9_-]{0,38}$/i, 'is not the login of an organisation or user')
  .toLowerCase();
const list = <S extends z.ZodType>(of: S) => z.array(of, 'is not a list').min(1, 'is empty');

/** A private key as GitHub hands it out, its newlines real or escaped, as the PKCS #8 that every library reads. */
const privateKey = text.transform((value, ctx) => {
  try {
    const key = createPrivateKey(value.replaceAll('\\n', '\n'));
    if (key.asymmetricKeyType === 'rsa') return key.export({ type: 'pkcs8', format: 'pem' }).toString();
  } catch {
    // What OpenSSL says of it is not for people, and the value is secret.
  }
  ctx.addIssue({ code: 'custom', message: 'is not an RSA private key in PEM' });
  return z.NEVER;
});

/** A number or its digits. */
const id = (pattern: RegExp, message: string) =>
  z
    .union([z.number(), z.string()], message)
    .transform((value) => String(value).trim())
    .refine((value) => pattern.test(value), message);

const TokenEntry = z.strictObject({ name, token: githubToken, owners: list(login).optional() });
const AppEntry = z.strictObject({
  name,
  /** App id or client id. */
  appId: id(/^[\w.]+$/, 'is not the id of an app'),
  privateKey,
  installations: list(
    z.strictObject(
      {
        id: id(/^[1-9]\d{0,14}$/, 'is not the id of an installation').transform(Number),
        owner: login,
      },
      'is not an object',
    ),
  ),
});

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `installations.2.owner is missing`: list places counted from 1, as people do. */
const problem = ({ path, code, message }: z.core.$ZodIssue): string => {
  const at = path.map((step) => (typeof step === 'number' ? step + 1 : String(step))).join('.');
  const what = code === 'unrecognized_keys' ? 'holds a field that is not known' : message;
  return at ? `${at} ${what}` : what;
};

function credentialsOf(entry: unknown): Credential[] | string[] {
  if (!isObject(entry)) return ['is not an object'];
  const isApp = ['appId', 'privateKey', 'installations'].some((field) => field in entry);
  if (isApp) {
    const app = AppEntry.safeParse(entry);
    if (!app.success) return app.error.issues.map(problem);
    const { name: appName, appId, privateKey: key, installations } = app.data;
    return installations.map(({ id, owner }): Credential => ({
      name: `${appName}-${owner}`,
      owners: [owner],
      auth: { kind: 'app', appId, privateKey: key, installationId: id },
    }));
  }
  const token = TokenEntry.safeParse(entry);
  if (!token.success) return token.error.issues.map(problem);
  const { name: tokenName, token: value, owners } = token.data;
  return [{ name: tokenName, ...(owners && { owners }), auth: { kind: 'token', token: value } }];
}

const secretOf = ({ auth }: Credential): string =>
  auth.kind === 'token' ? `token ${auth.token}` : `installation ${auth.installationId}`;

/** The JSON text as credentials: one per token and one per installation, called `<name>-<owner>`. */
export const credentialsSetting = z.string('is not a text').transform((json, ctx): Credential[] => {
  const wrong = (message: string): void => ctx.addIssue({ code: 'custom', message });
  let entries: unknown;
  try {
    entries = JSON.parse(json);
  } catch {
    // The parser's own words quote the text, which is secret.
    wrong('is not JSON');
    return z.NEVER;
  }
  if (!Array.isArray(entries) || entries.length === 0) {
    wrong('is not a JSON array of credentials');
    return z.NEVER;
  }
  const names = new Map<string, number>();
  const secrets = new Map<string, number>();
  const credentials: Credential[] = [];
  for (const [i, entry] of entries.entries()) {
    const n = i + 1;
    for (const found of credentialsOf(entry)) {
      if (typeof found === 'string') {
        wrong(`entry ${n}: ${found}`);
        continue;
      }
      const twin = names.get(found.name.toLowerCase());
      if (twin !== undefined) wrong(`entry ${n}: has a name that entry ${twin} has, too`);
      const same = secrets.get(secretOf(found));
      if (same !== undefined)
        wrong(
          `entry ${n}: has the ${found.auth.kind === 'token' ? 'token' : 'installation'} of entry ${same}`,
        );
      names.set(found.name.toLowerCase(), n);
      secrets.set(secretOf(found), n);
      credentials.push(found);
    }
  }
  return credentials;
});
