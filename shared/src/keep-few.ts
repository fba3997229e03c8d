/** Keeps the latest few answers of a read whose result never changes once there is one. */

/**
 * @param read resolves to undefined where there is nothing yet: that is asked again.
 * @param most answers that are kept; the one used longest ago goes first.
 */
export function keepFew<Args extends readonly string[], T>(
  most: number,
  read: (...args: Args) => Promise<T | undefined>,
): (...args: Args) => Promise<T | undefined> {
  const kept = new Map<string, T>();
  return async (...args) => {
    const key = args.join(' ');
    const answer = kept.get(key) ?? (await read(...args));
    if (answer === undefined) return undefined;
    kept.delete(key);
    kept.set(key, answer);
    if (kept.size > most) kept.delete(kept.keys().next().value!);
    return answer;
  };
}
