/** Which repositories of an owner have the properties that a run asks for. */
import type { RepositoryFilter } from '@github-repo-stats/shared/documents';

/** What a listing says of a repository; `undefined` where GitHub failed to say it. */
export interface RepositoryProperties {
  isArchived: boolean;
  isFork: boolean;
  isTemplate: boolean;
  /** As GitHub spells it: PUBLIC, PRIVATE or INTERNAL. */
  visibility: string;
  /** Name of the primary language; null when there is none. */
  language: string | null | undefined;
  /** Names; those of a listing that did not ask for topics are undefined. */
  topics: readonly string[] | undefined;
}

export type FilterDecision = 'collect' | 'leave-out' | 'unknown';

/** Compares without case. A property that does not fit decides, whatever is unknown of the others. */
export function decide(filter: RepositoryFilter, repo: RepositoryProperties): FilterDecision {
  const fits = [
    flag(filter.archived, repo.isArchived),
    flag(filter.forks, repo.isFork),
    flag(filter.templates, repo.isTemplate),
    anyOf(filter.visibility, [repo.visibility]),
    anyOf(filter.languages, languagesOf(repo)),
    anyOf(filter.topics, repo.topics),
  ];
  if (fits.includes(false)) return 'leave-out';
  return fits.includes(undefined) ? 'unknown' : 'collect';
}

const languagesOf = ({ language }: RepositoryProperties): string[] | undefined =>
  language === undefined ? undefined : language === null ? [] : [language];

const flag = (wanted: boolean | undefined, is: boolean): boolean => wanted === undefined || wanted === is;

/** `undefined` when it cannot be said. */
function anyOf(
  wanted: readonly string[] | undefined,
  has: readonly string[] | undefined,
): boolean | undefined {
  if (!wanted) return true;
  if (!has) return undefined;
  return has.some((value) => wanted.includes(value.toLowerCase()));
}
