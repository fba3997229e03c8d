/** How every document, batch, session and message is named, so that a repeated write meets the first one. */

/** `owner/name` as GitHub spells it: owner up to 39 characters, name up to 100. */
export const NAME_WITH_OWNER = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38})\/[A-Za-z0-9._-]{1,100}$/;

/** The login that a name with owner begins with, in lower case: two spellings of a login are one owner. */
export const ownerOf = (nameWithOwner: string): string => nameWithOwner.replace(/\/.*/, '').toLowerCase();

/** Owners of these repositories, in lower case, each once. */
export const ownersOf = (repos: readonly { nameWithOwner: string }[]): string[] => [
  ...new Set(repos.map((r) => ownerOf(r.nameWithOwner))),
];

/** GitHub's node ids, old (base64) and new (prefix and base64url). */
export const NODE_ID = /^[\w+/=:.-]+$/;

const pad = (n: number): string => String(n).padStart(5, '0');

/** `s00001`: the n-th source of a run, counted from 1. */
export const sourceId = (n: number): string => `s${pad(n)}`;

/** Id of the source document of a source. */
export const sourceDocumentId = (source: string): string => `source.${source}`;

/** Id of the plan of one listing page; pages count from 1. */
export const planId = (source: string, page: number): string => `plan.${source}.${pad(page)}`;

/** `b-s00001-00003-1`: the n-th batch (from 1) of a page. Begins with a letter because hosts parse numeric metadata. */
export const batchId = (source: string, page: number, n: number): string => `b-${source}-${pad(page)}-${n}`;

/** The plan document that a batch belongs to, or undefined when the text is no batch id. */
export function planOfBatch(batch: string): string | undefined {
  const parts = /^b-(s\d{5,})-(\d{5,})-\d{1,3}$/.exec(batch);
  return parts ? `plan.${parts[1]}.${parts[2]}` : undefined;
}

/** The source that a batch belongs to, or undefined when the text is no batch id. */
export const sourceOfBatch = (batch: string): string | undefined => planOfBatch(batch)?.split('.')[1];

/** Id of the outcome document of a batch. */
export const outcomeId = (batch: string): string => `outcome.${batch}`;

/** Id of the document that holds the claims and marks of a revision's event and mails. */
export const noticesId = (revision: number): string => `notices.${revision}`;

/** Id of the document that holds what a run was asked to collect. */
export const SELECTION_ID = 'selection';

/** Id of a stats document: owner.name.runId. Owners hold no dots, so this is unique per repository and run. */
export const statsId = (nameWithOwner: string, runId: string): string =>
  `${nameWithOwner.replace('/', '.')}.${runId}`;

/** Session that makes the GitHub calls of one credential serial. The name is configuration, never derived from a token. */
export const credentialLane = (credential: string): string => `cred-${credential}`;

/** The credential in whose lane a session is; undefined for other lanes. */
export const credentialOfLane = (session: string): string | undefined => /^cred-(.+)$/.exec(session)?.[1];

/** Session that makes writes serial: chosen by batch, so that one batch is never written by two lanes at a time. */
export function writeLane(batch: string, lanes: number): string {
  let hash = 0;
  for (let i = 0; i < batch.length; i++) hash = (Math.imul(hash, 31) + batch.charCodeAt(i)) >>> 0;
  return `write-${hash % lanes}`;
}

/** messageId = what:attempt:wait; for people and logs, nothing depends on its uniqueness. */
export const messageId = (what: string, attempt: number, wait: number): string =>
  `${what}:${attempt}:${wait}`;
