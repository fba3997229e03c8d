/** Every text in the inputs of a resource, with its path. */

export interface PlacedText {
  path: string;
  text: string;
}

/** What is not known in a preview is left out: the update sees it. */
export function textsIn(value: unknown, path = ''): PlacedText[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).flatMap((key) => {
    let inner: unknown;
    try {
      inner = (value as Record<string, unknown>)[key];
    } catch {
      // The SDK throws where a value is not known.
      return [];
    }
    return textsIn(inner, path === '' ? key : `${path}.${key}`);
  });
}
