/** The credentials with which GitHub is read, and which of them may read what: each has its own budget, gate and lane. */
import { DEFAULT_CREDENTIAL } from '../topology.ts';

/** A token, or one installation of a GitHub App. The name stands in logs, documents and lanes, and is never made from a secret. */
export interface Credential {
  name: string;
  /** Logins, in lower case, that it may read; absent: any. */
  owners?: readonly string[];
  auth:
    | { kind: 'token'; token: string }
    | { kind: 'app'; appId: string; privateKey: string; installationId: number };
}

/** The settings that name credentials, for the services that ask GitHub. */
export const GITHUB_SETTINGS = ['Github_Token', 'Github_Credentials', 'Github_GraphqlUrl'] as const;

interface CredentialSettings {
  Github_Token?: string | undefined;
  Github_Credentials?: readonly Credential[] | undefined;
}

/** All of them: the one of `Github_Token`, if set, is called `default` and may read any owner. */
export const readCredentials = (settings: CredentialSettings): Credential[] => [
  ...(settings.Github_Token === undefined
    ? []
    : [{ name: DEFAULT_CREDENTIAL, auth: { kind: 'token' as const, token: settings.Github_Token } }]),
  ...(settings.Github_Credentials ?? []),
];

/** Rule: there must be some credential, and none twice, since two lanes would then share one budget. */
export const needsCredentials = ({
  Github_Token,
  Github_Credentials,
}: CredentialSettings): string | undefined => {
  // Typed as read, yet its plain text when it could not be read; its own problem is named already then.
  const others: unknown = Github_Credentials;
  if (Github_Token === undefined)
    return others === undefined ? 'Github_Token: is not set, nor is Github_Credentials' : undefined;
  if (!Array.isArray(others)) return undefined;
  for (const { name, auth } of others as Credential[]) {
    if (name.toLowerCase() === DEFAULT_CREDENTIAL)
      return `Github_Credentials: ${DEFAULT_CREDENTIAL} is the name of Github_Token, which is set too`;
    if (auth.kind === 'token' && auth.token === Github_Token)
      return `Github_Credentials: ${name} is the same token as Github_Token`;
  }
  return undefined;
};

/**
 * The credentials that may read every one of these owners, in any case, and were not refused. While there are some that name
 * them, those that name no owner are left to others: the budget of an installation is meant for its owner.
 */
export function candidatesFor(
  credentials: readonly Credential[],
  owners: readonly string[],
  refusedBy: readonly string[] = [],
): Credential[] {
  const wanted = owners.map((owner) => owner.toLowerCase());
  const able = credentials.filter(
    ({ name, owners: mayRead }) =>
      !refusedBy.includes(name) && (!mayRead || wanted.every((owner) => mayRead.includes(owner))),
  );
  const named = able.filter((credential) => credential.owners);
  return named.length > 0 ? named : able;
}

/** Messages hold so many names of credentials; who was refused by so many is not tried with a further one. */
const MOST_REFUSALS = 50;

/** Who is left for work when one more credential was refused, and the names of all that were; none is tried twice. */
export function withoutRefused(
  credentials: readonly Credential[],
  owners: readonly string[],
  before: readonly string[] | undefined,
  refused: string,
): { refusedBy: string[]; candidates: Credential[] } {
  const refusedBy = [...new Set([...(before ?? []), refused])];
  const full = refusedBy.length >= MOST_REFUSALS;
  return {
    refusedBy: refusedBy.slice(0, MOST_REFUSALS),
    candidates: full ? [] : candidatesFor(credentials, owners, refusedBy),
  };
}

/** FNV-1a and the last steps of MurmurHash3, so that keys that differ in one digit are far apart. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * The name of the credential that work goes to: the same for the same key, keys evenly spread; when one credential is taken
 * out only its work moves.
 * @param nth goes round the candidates from the key's own, so that a row of batches is shared evenly.
 * @throws when there is no candidate.
 */
export function pickLane(candidates: readonly Credential[], key: string, nth = 0): string {
  const ranked = candidates
    .map(({ name }) => ({ name, rank: hash(`${name}/${key}`) }))
    .sort((a, b) => b.rank - a.rank || (a.name < b.name ? -1 : 1));
  const picked = ranked[nth % ranked.length];
  if (!picked) throw new Error('There is no credential to pick from');
  return picked.name;
}

/** Equal for owners that the same credentials may read: only these may share a batch. Empty when none may. */
export const laneKey = (credentials: readonly Credential[], owner: string): string =>
  candidatesFor(credentials, [owner])
    .map((c) => c.name)
    .join();
