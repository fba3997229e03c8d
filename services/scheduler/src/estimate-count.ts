/** Asks GitHub how many repositories owners have, without listing any: a count for each owner, many owners per question. */
import type { SelectedOwner } from '@github-repo-stats/shared/documents';
import type { Question } from '@github-repo-stats/shared/github/lanes';
import { failureOf, type GithubReply } from '@github-repo-stats/shared/github/reply';
import type { FailureReason } from '@github-repo-stats/shared/reasons';
import * as z from 'zod';

export const COUNT_NAME = 'CountRepositories';

/** What a run over an owner would find. */
export type OwnerCount =
  | {
      kind: 'counted';
      owner: string;
      /** All that a listing goes through. */
      listed: number;
      /** Those of them that would be collected, at most. */
      repositories: number;
      /** Why it may be fewer; empty when the number is exact. */
      unknown: string[];
    }
  | { kind: 'failed'; owner: string; reason: FailureReason };

/** What of an owner's selection a count can ask for, and what it cannot. */
interface Countable {
  owner: SelectedOwner;
  /** One count each, to be added up; a repository has one visibility. */
  visibilities: (string | undefined)[];
  /** Names that are left out if there is such a repository. */
  names: string[];
  unknown: string[];
}

/** Names of one owner that are looked up; with more, nobody waits for the answer. */
const MOST_NAMES = 90;
/** Owners, and names, of one question. */
const MOST_OWNERS = 50;
const MOST_LOOKUPS = 100;

export function countableOf(owner: SelectedOwner): Countable {
  const { filter = {}, individual } = owner;
  const unknown: string[] = [];
  const own = owner.exclude.flatMap((pattern) => {
    const [name = '', of = owner.owner] = pattern.toLowerCase().split('/').reverse();
    return of.toLowerCase() === owner.owner.toLowerCase() ? name : [];
  });
  if (own.some((name) => name.includes('*'))) unknown.push('excludes with *');
  for (const property of ['templates', 'topics', 'languages'] as const)
    if (filter[property] !== undefined) unknown.push(`filter ${property}`);
  const names = [
    ...new Set([...own.filter((name) => !name.includes('*')), ...individual.map((n) => n.toLowerCase())]),
  ];
  if (names.length > MOST_NAMES) unknown.push(`more than ${MOST_NAMES} names to leave out`);
  return {
    owner,
    visibilities: filter.visibility?.map((v) => v.toUpperCase()) ?? [undefined],
    names: names.length > MOST_NAMES ? [] : names,
    unknown,
  };
}

/** As many owners together as one question takes. */
export function groupsOf(owners: readonly SelectedOwner[]): Countable[][] {
  const groups: Countable[][] = [];
  let lookups = 0;
  for (const countable of owners.map(countableOf)) {
    const group = groups.at(-1);
    lookups += countable.names.length;
    if (group && group.length < MOST_OWNERS && lookups <= MOST_LOOKUPS) group.push(countable);
    else {
      groups.push([countable]);
      lookups = countable.names.length;
    }
  }
  return groups;
}

/** Each owner is an alias, with variables, never spliced text. Count-only connections cost no points. */
export function countQuestion(group: readonly Countable[]): Question {
  const declared = ['$dryRun: Boolean = false'];
  const variables: Record<string, unknown> = {};
  const declare = (name: string, type: string, value: unknown): string => {
    declared.push(`$${name}: ${type}`);
    if (value !== undefined) variables[name] = value;
    return `$${name}`;
  };
  const fields = group.map(({ owner, visibilities, names }, i) => {
    const login = declare(`o${i}`, 'String!', owner.owner);
    const archived = declare(`o${i}a`, 'Boolean', owner.filter?.archived);
    const forks = declare(`o${i}f`, 'Boolean', owner.filter?.forks);
    const counts = visibilities.map((value, j) => {
      const visibility = declare(`o${i}v${j}`, 'RepositoryVisibility', value);
      return `v${j}: repositories(ownerAffiliations: [OWNER], isArchived: ${archived}, isFork: ${forks}, visibility: ${visibility}) { totalCount }`;
    });
    const lookups = names.map((value, j) => {
      const name = declare(`o${i}n${j}`, 'String!', value);
      return `n${j}: repository(name: ${name}, followRenames: false) { isArchived isFork visibility }`;
    });
    const all = 'all: repositories(ownerAffiliations: [OWNER]) { totalCount }';
    return `o${i}: repositoryOwner(login: ${login}) {\n    ${[all, ...counts, ...lookups].join('\n    ')}\n  }`;
  });
  const query = `query ${COUNT_NAME}(${declared.join(', ')}) {
  rateLimit(dryRun: $dryRun) { cost nodeCount }
  ${fields.join('\n  ')}
}`;
  return { name: COUNT_NAME, query, variables };
}

const Count = z.object({ totalCount: z.int().min(0) });
const LookedUp = z.object({ isArchived: z.boolean(), isFork: z.boolean(), visibility: z.string() });

/** The counts of a group's owners; or why the question has to be asked another time. */
export function readCounts(
  { data, errors }: Extract<GithubReply, { kind: 'data' }>,
  group: readonly Countable[],
): { kind: 'counts'; counts: OwnerCount[] } | { kind: 'again'; detail: string } {
  const counts: OwnerCount[] = [];
  for (const [i, countable] of group.entries()) {
    const { owner } = countable.owner;
    const of = errors.filter((e) => e.path?.[0] === `o${i}`);
    const passing = of.find((e) => failureOf(e).again);
    if (passing) return { kind: 'again', detail: passing.message };
    const value = data[`o${i}`] as Record<string, unknown> | null | undefined;
    if (value === undefined) return { kind: 'again', detail: `nothing came of ${owner}` };
    const error = of[0];
    if (value === null)
      counts.push({ kind: 'failed', owner, reason: error ? failureOf(error).reason : 'not-found' });
    else {
      const read = readOwner(value, countable);
      if (!read) return { kind: 'again', detail: `the counts of ${owner} came incomplete` };
      counts.push({ kind: 'counted', owner, ...read });
    }
  }
  return { kind: 'counts', counts };
}

function readOwner(
  value: Record<string, unknown>,
  { owner: { filter = {} }, visibilities, names, unknown }: Countable,
): { listed: number; repositories: number; unknown: string[] } | undefined {
  const all = Count.safeParse(value.all);
  const fitting = z.array(Count).safeParse(visibilities.map((_, j) => value[`v${j}`]));
  if (!all.success || !fitting.success) return undefined;
  // One that cannot be seen is in no count; one that a filter leaves out was not counted either.
  const leftOut = names.filter((_, j) => {
    const { data: repo } = LookedUp.safeParse(value[`n${j}`]);
    return (
      repo &&
      (filter.archived ?? repo.isArchived) === repo.isArchived &&
      (filter.forks ?? repo.isFork) === repo.isFork &&
      (!filter.visibility || visibilities.includes(repo.visibility))
    );
  });
  const sum = fitting.data.reduce((total, { totalCount }) => total + totalCount, 0);
  const repositories = Math.max(0, sum - leftOut.length);
  return { listed: all.data.totalCount, repositories, unknown };
}
