/** An app checks its settings by rules of its own, such as the form of a schedule: still the user's to put right. */
import { ChildFailed } from './child.ts';
import { UserError } from './user-error.ts';

/** What an app failed for at its start, as the user's problem where it is one. */
export const ofSettings = (error: unknown): unknown =>
  error instanceof ChildFailed && error.message.includes('Settings cannot be used:')
    ? new UserError(error.message.split('\n'))
    : error;
