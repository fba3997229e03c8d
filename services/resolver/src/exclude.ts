/** Which repositories of an owner a run leaves out. */

/** A pattern as a test: without case, `*` stands for any text; with a slash it is matched against owner/name. */
function matcher(pattern: string): (owner: string, name: string) => boolean {
  const escaped = pattern
    .toLowerCase()
    .split(/\*+/)
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  const regex = new RegExp(`^${escaped}$`);
  return pattern.includes('/')
    ? (owner, name) => regex.test(`${owner}/${name}`)
    : (_owner, name) => regex.test(name);
}

/**
 * @param exclude names or patterns.
 * @param individual names that the run lists by themselves: their own source collects them.
 * @returns whether an owner/name is to be left out of the owner's listing.
 */
export function excluder(
  exclude: readonly string[],
  individual: readonly string[],
): (nameWithOwner: string) => boolean {
  const tests = exclude.map(matcher);
  const listed = new Set(individual.map((name) => name.toLowerCase()));
  return (nameWithOwner) => {
    const [owner = '', name = ''] = nameWithOwner.toLowerCase().split('/');
    return listed.has(name) || tests.some((test) => test(owner, name));
  };
}
