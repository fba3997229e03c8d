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

/**
 * Plain words and what to do, for reports, mails and pages. `clearsByItself`: the next run most likely collects it without anybody
 * doing anything.
 */
export const REASON_ADVICE: Record<FailureReason, { what: string; todo: string; clearsByItself: boolean }> = {
  'not-found': {
    what: 'deleted, renamed away, or not visible to the token',
    todo: 'check the name and the access of the token',
    clearsByItself: false,
  },
  forbidden: {
    what: 'the token may not read it',
    todo: 'grant the token access to it',
    clearsByItself: false,
  },
  saml: {
    what: 'protected by SAML single sign-on',
    todo: 'authorise the token for the organisation',
    clearsByItself: false,
  },
  'ip-allow-list': {
    what: 'behind an IP allow list',
    todo: 'add the outbound addresses of the apps to the list',
    clearsByItself: false,
  },
  credentials: {
    what: 'GitHub refused the credential',
    todo: 'renew it in Github_Token or Github_Credentials',
    clearsByItself: false,
  },
  timeout: { what: 'GitHub could not answer in time', todo: 'run these again', clearsByItself: true },
  transport: {
    what: 'answers of GitHub were cut or unreadable',
    todo: 'run these again',
    clearsByItself: true,
  },
  'invalid-numbers': {
    what: 'GitHub answered numbers that do not add up',
    todo: 'run these again; report it if it stays',
    clearsByItself: true,
  },
  storage: {
    what: 'Cosmos DB refused the document',
    todo: 'see its detail, and docs/operations.md',
    clearsByItself: false,
  },
  'unreadable-message': {
    what: 'its message could not be understood',
    todo: 'see the dead letters; run these again',
    clearsByItself: false,
  },
  'delivery-exhausted': {
    what: 'its handler died again and again',
    todo: 'see the dead letters; run these again',
    clearsByItself: false,
  },
  stalled: {
    what: 'nothing happened for more than a day',
    todo: 'see the log; run these again',
    clearsByItself: true,
  },
  'unknown-reason': {
    what: 'failed for a reason that only a newer version of the apps knows',
    todo: 'deploy all apps in the same version; run these again',
    clearsByItself: false,
  },
};
