/** Why a repository or a source was not collected: the closed list that outcomes, reports and mails share. */

export const FAILURE_REASONS = [
  'not-found',
  'forbidden',
  'saml',
  'ip-allow-list',
  'credentials',
  'timeout',
  'transport',
  'invalid-numbers',
  'storage',
  'unreadable-message',
  'delivery-exhausted',
  'stalled',
  'unknown-reason',
] as const;

export type FailureReason = (typeof FAILURE_REASONS)[number];

/** Plain words and what to do, for reports and mails. */
export const REASON_ADVICE: Record<FailureReason, { what: string; todo: string }> = {
  'not-found': {
    what: 'deleted, renamed away, or not visible to the token',
    todo: 'check the name and the access of the token',
  },
  forbidden: { what: 'the token may not read it', todo: 'grant the token access to it' },
  saml: {
    what: 'protected by SAML single sign-on',
    todo: 'authorise the token for the organisation',
  },
  'ip-allow-list': {
    what: 'behind an IP allow list',
    todo: 'add the outbound addresses of the apps to the list',
  },
  credentials: {
    what: 'GitHub refused the credential',
    todo: 'renew it in Github_Token or Github_Credentials',
  },
  timeout: { what: 'GitHub could not answer in time', todo: 'run these again' },
  transport: { what: 'answers of GitHub were cut or unreadable', todo: 'run these again' },
  'invalid-numbers': {
    what: 'GitHub answered numbers that do not add up',
    todo: 'run these again; report it if it stays',
  },
  storage: {
    what: 'Cosmos DB refused the document',
    todo: 'see its detail, and docs/operations.md',
  },
  'unreadable-message': {
    what: 'its message could not be understood',
    todo: 'see the dead letters; run these again',
  },
  'delivery-exhausted': {
    what: 'its handler died again and again',
    todo: 'see the dead letters; run these again',
  },
  stalled: { what: 'nothing happened for more than a day', todo: 'see the log; run these again' },
  'unknown-reason': {
    what: 'failed for a reason that only a newer version of the apps knows',
    todo: 'deploy all apps in the same version; run these again',
  },
};
