/** Mistakes that the user can put right: reported as text without a stack, and exit code 2. */

/** Bad arguments, settings, sources or data folder; every problem at once, one per line. */
export class UserError extends Error {
  readonly code = 'user';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}
