import { expect, it } from 'vitest';
import { retryWhileRolesSpread } from './role-propagation.ts';

const tryAgain = async (errors: readonly string[]): Promise<{ again: boolean; pauses: number[] }> => {
  const pauses: number[] = [];
  const again = await retryWhileRolesSpread(errors, (ms) => Promise.resolve(pauses.push(ms)));
  return { again, pauses };
};

it.each([
  'Status=403 Code="AuthorizationPermissionMismatch"',
  'BlobUploadFailed: the deployment container cannot be written',
  'AuthorizationFailed: The client does not have authorization',
])('waits and tries again after %j', async (error) => {
  expect(await tryAgain([error])).toEqual({ again: true, pauses: [30_000] });
});

it('does not try what fails for another reason', async () => {
  expect(await tryAgain(['InvalidTemplate: parameter packageUrl is missing'])).toEqual({
    again: false,
    pauses: [],
  });
  expect(await tryAgain([])).toEqual({ again: false, pauses: [] });
});

it('looks at the latest error alone', async () => {
  expect(await tryAgain(['InvalidTemplate', '403 Forbidden'])).toEqual({ again: false, pauses: [] });
});

it('gives up at last', async () => {
  expect((await tryAgain(Array<string>(20).fill('403 Forbidden'))).again).toBe(true);
  expect(await tryAgain(Array<string>(21).fill('403 Forbidden'))).toEqual({ again: false, pauses: [] });
});
