// The error that says at once everything that keeps an app from starting.

/** `code` names the kind, `problems` has one sentence each. */
export class HostStartError extends Error {
  readonly code = 'HostStartError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(
      problems.length === 1
        ? problems[0]
        : `The function app cannot start:\n${problems.map((problem) => `- ${problem}`).join('\n')}`,
      options,
    );
    this.name = 'HostStartError';
    this.problems = problems;
  }
}

export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
