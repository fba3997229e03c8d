/** Says in one line why a request got no answer: the error's words and the code of its cause. */
export function networkError(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: unknown };
  const code = (cause as { code?: string; cause?: { code?: string } } | undefined)?.code;
  const inner = (cause as { cause?: { code?: string } } | undefined)?.cause?.code;
  return [message ?? String(error), code ?? inner].filter(Boolean).join(' ');
}
