/** Reads the statistics out of an answer, each repository by itself: what came is kept, a null is never a 0. */
import { RepoStats } from '@github-repo-stats/shared/documents';
import { failureOf, type GithubReply, type GraphqlError } from '@github-repo-stats/shared/github/reply';
import { statsId } from '@github-repo-stats/shared/ids';
import type { FetchBatch, RepoFailure, RepoRef, WriteStats } from '@github-repo-stats/shared/messages';
import * as z from 'zod';
import type { StatsQuery } from './stats-query.ts';

const count = z.object({ totalCount: z.int().min(0) });

/** One repository as the query selects it. */
const Answer = z.object({
  id: z.string().min(1),
  nameWithOwner: z.string(),
  isArchived: z.boolean(),
  isTemplate: z.boolean(),
  isFork: z.boolean(),
  visibility: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
  pushedAt: z.string().nullable(),
  stargazerCount: z.int().min(0),
  forkCount: z.int().min(0),
  diskUsage: z.int().min(0).nullable(),
  primaryLanguage: z.object({ name: z.string() }).nullable(),
  licenseInfo: z.object({ spdxId: z.string().nullable() }).nullable(),
  openIssues: count,
  closedIssues: count,
  openPRs: count,
  closedPRs: count,
  mergedPRs: count,
});

/** What is known after one answer: statistics, failures for good, and what to ask again with the last reason. */
export interface ReadStats {
  stats: WriteStats['stats'];
  failures: RepoFailure[];
  again: { repo: RepoRef; failure: RepoFailure }[];
}

const cut = (text: string): string => text.slice(0, 300);

/** The document of one repository; the failure when numbers are missing, negative or do not add up. */
function toDocument(
  value: unknown,
  name: string,
  batch: FetchBatch,
  collectedAt: string,
): WriteStats['stats'][number] | RepoFailure {
  const read = Answer.safeParse(value);
  const problem = (issues: z.core.$ZodIssue[]): RepoFailure => ({
    name,
    reason: 'invalid-numbers',
    detail: cut(issues.map((i) => `${i.path.join('.')}: ${i.message}`).join('; ')),
  });
  if (!read.success) return problem(read.error.issues);
  const a = read.data;
  const issues = { openIssues: a.openIssues.totalCount, closedIssues: a.closedIssues.totalCount };
  const prs = {
    openPRs: a.openPRs.totalCount,
    closedPRs: a.closedPRs.totalCount,
    mergedPRs: a.mergedPRs.totalCount,
  };
  const document = RepoStats.safeParse({
    id: statsId(a.nameWithOwner, batch.runId),
    repo: a.nameWithOwner,
    isArchived: a.isArchived,
    isTemplate: a.isTemplate,
    repoUpdatedAt: a.updatedAt,
    ...issues,
    totalIssues: issues.openIssues + issues.closedIssues,
    ...prs,
    totalPRs: prs.openPRs + prs.closedPRs + prs.mergedPRs,
    stars: a.stargazerCount,
    runId: batch.runId,
    repoId: a.id,
    batchId: batch.batchId,
    attempt: batch.attempt,
    collectedAt,
    isFork: a.isFork,
    visibility: a.visibility,
    createdAt: a.createdAt,
    pushedAt: a.pushedAt,
    forks: a.forkCount,
    diskUsage: a.diskUsage,
    language: a.primaryLanguage?.name ?? null,
    licence: a.licenseInfo?.spdxId ?? null,
  } satisfies RepoStats);
  return document.success ? { name, document: document.data } : problem(document.error.issues);
}

const startsWith = (path: readonly (string | number)[] | undefined, start: readonly (string | number)[]) =>
  path !== undefined && start.every((part, i) => path[i] === part);

/** @param repos in the order in which the query asked for them. */
export function readStats(
  { data, errors }: Extract<GithubReply, { kind: 'data' }>,
  query: StatsQuery,
  repos: readonly RepoRef[],
  batch: FetchBatch,
  collectedAt: string,
): ReadStats {
  const result: ReadStats = { stats: [], failures: [], again: [] };
  const errorAt = (path: readonly (string | number)[]): GraphqlError | undefined =>
    errors.find((e) => startsWith(e.path, path));
  for (const [i, repo] of repos.entries()) {
    const name = repo.nameWithOwner;
    const path = query.pathOf(i);
    const value = path.reduce<unknown>(
      (v, part) => (v as Record<string | number, unknown> | null)?.[part],
      data,
    );
    const error = errorAt(path);
    if (value === null || value === undefined || error) {
      // A null alias without an error says nothing about the repository: the answer was not whole.
      const { reason, again } = error ? failureOf(error) : { reason: 'transport' as const, again: true };
      const failure = {
        name,
        reason,
        detail: cut(error?.message ?? 'GitHub answered null without an error'),
      };
      if (again) result.again.push({ repo, failure });
      else result.failures.push(failure);
      continue;
    }
    const read = toDocument(value, name, batch, collectedAt);
    if ('document' in read) result.stats.push(read);
    else result.failures.push(read);
  }
  return result;
}
