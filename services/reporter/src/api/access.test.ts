import { describe, expect, it } from 'vitest';
import { byKeys, byRoles, type Access, type Role } from './access.ts';
import { RequestProblem } from './problem.ts';

const SCHEMA = 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role';
const headers = (principal?: unknown) =>
  new Headers(
    principal === undefined
      ? {}
      : {
          'x-ms-client-principal': Buffer.from(JSON.stringify(principal)).toString('base64'),
          'x-ms-client-principal-id': 'somebody',
        },
  );
const withRoles = (typ: string, ...roles: string[]) => ({
  auth_typ: 'aad',
  name_typ: 'name',
  role_typ: SCHEMA,
  claims: [{ typ: 'name', val: 'operator' }, ...roles.map((val) => ({ typ, val }))],
});

function answer(access: Access, of: Headers, needed: Role): unknown {
  try {
    return access(of, needed);
  } catch (error) {
    if (error instanceof RequestProblem) return error.status;
    throw error;
  }
}

describe('with Entra ID', () => {
  it.each([undefined, '', 'False', '1'])('nothing is answered while its authentication is %j', (enabled) => {
    const who = headers(withRoles('roles', 'operator'));
    expect(answer(byRoles(enabled), who, 'reader')).toBe(503);
    expect(() => byRoles(enabled)(who, 'reader')).toThrow(/^Auth_Mode: .*set Auth_Mode to keys$/);
  });

  it.each([
    ['nobody', undefined, 401, 401],
    ['no roles', withRoles('roles'), 403, 403],
    ['another role', withRoles('roles', 'Reader', 'admin'), 403, 403],
    ['a reader', withRoles('roles', 'reader'), 'somebody', 403],
    ['a reader, by the long name of the claim', withRoles(SCHEMA, 'reader'), 'somebody', 403],
    ['an operator', withRoles('roles', 'operator'), 'somebody', 'somebody'],
    ['both', withRoles(SCHEMA, 'reader', 'operator'), 'somebody', 'somebody'],
    ['a claim of another type', withRoles('groups', 'operator'), 403, 403],
    [
      'the type that the principal names',
      { ...withRoles('mine', 'operator'), role_typ: 'mine' },
      'somebody',
      'somebody',
    ],
    ['no type named', { claims: [{ typ: 'roles', val: 'reader' }] }, 'somebody', 403],
    ['no claims', {}, 401, 401],
    ['no object', 'operator', 401, 401],
  ])('%s', (_who, principal, reads, operates) => {
    const access = byRoles('True');
    expect(answer(access, headers(principal), 'reader')).toBe(reads);
    expect(answer(access, headers(principal), 'operator')).toBe(operates);
  });

  it('who is not signed in is told where to', () => {
    const broken = new Headers({ 'x-ms-client-principal': 'no base64 of JSON' });
    expect(answer(byRoles('true'), broken, 'reader')).toBe(401);
    expect(() => byRoles('true')(broken, 'reader')).toThrow(
      expect.objectContaining({ more: { signIn: '/.auth/login/aad' } }) as Error,
    );
  });
});

it('with keys the host has asked already', () => {
  expect(byKeys(headers(), 'operator')).toBeUndefined();
});
