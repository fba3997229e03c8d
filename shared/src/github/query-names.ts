/** What the queries of a run are called: under these names their dry runs are learned, and their costs told. */
export const QUERY_NAMES = {
  listing: 'ListRepositories',
  byId: 'RepositoriesById',
  byName: 'RepositoriesByName',
} as const;
