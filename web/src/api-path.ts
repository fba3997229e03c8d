/** Paths of the API, with their queries. */

/** @param query what is empty or undefined is left out. */
export function apiPath(path: string, query: Record<string, string | undefined> = {}): string {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) words.set(name, value);
  return `api/${path}${words.size === 0 ? '' : `?${words.toString()}`}`;
}

/** `owner/name`, each part by itself. */
export const repositoryPath = (repo: string): string => repo.split('/').map(encodeURIComponent).join('/');
