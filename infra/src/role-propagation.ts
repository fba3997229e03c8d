/** A role that was just given is not known everywhere in Azure for some minutes; what fails for that is tried again. */
import { setTimeout as sleep } from 'node:timers/promises';

/** How Azure says that a role is missing, or is not known yet (github.com/Azure/azure-dev/issues/8026). */
const NOT_ALLOWED = /\b403\b|forbidden|AuthorizationFailed|AuthorizationPermissionMismatch|BlobUploadFailed/i;
const PAUSE_MS = 30_000;
/** Ten minutes, which is what Azure's own pages name as the longest. */
const TRIES = 20;

/**
 * @param errors what went wrong so far, the latest first.
 * @returns true when it should be tried again, after a pause.
 */
export async function retryWhileRolesSpread(
  errors: readonly string[],
  pause: (ms: number) => Promise<unknown> = sleep,
): Promise<boolean> {
  if (errors.length > TRIES || !NOT_ALLOWED.test(errors[0] ?? '')) return false;
  await pause(PAUSE_MS);
  return true;
}
