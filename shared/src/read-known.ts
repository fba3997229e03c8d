/** Reads what is known of a repository: its record, if anything of it ever turned, and where batches saw it first. */
import type { Container } from '@azure/cosmos';
import { sightIn, type FirstSights } from './first-sights.ts';
import { knownRepositoryId, mergeSight, type KnownRepository } from './known-repository.ts';
import { readDocument } from './run-info.ts';

/** More than one when it was missed for long, or is in several selections. */
const FIRST_SIGHTS_OF = 'SELECT * FROM c WHERE ARRAY_CONTAINS(c.repoIds, @repoId)';

/**
 * `etag`: of the record, without one there is none yet. A point read and a query, about 4.5 RU.
 * @returns undefined for a repository that no run has seen.
 */
export async function readKnown(
  repos: Container,
  repoId: string,
): Promise<{ document: KnownRepository; etag: string | undefined } | undefined> {
  const id = knownRepositoryId(repoId);
  const parameters = [{ name: '@repoId', value: repoId }];
  const [record, sights] = await Promise.all([
    readDocument<KnownRepository>(repos, id, id),
    repos.items.query<FirstSights>({ query: FIRST_SIGHTS_OF, parameters }).fetchAll(),
  ]);
  const document = sights.resources
    .map((first) => sightIn(first, repoId)!)
    .reduce((known, sight) => mergeSight(known, sight) ?? known, record?.document);
  return document && { document, etag: record?.etag };
}
