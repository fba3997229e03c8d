/** What can be wrong with one repository, or with everything an owner has. */
export const failures = [
  'not-found',
  'forbidden',
  'saml',
  'ip-allow-list',
  'slow',
  'null',
  'resource-limits',
] as const;
export type Failure = (typeof failures)[number];
