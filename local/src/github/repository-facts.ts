/** What is true of one repository: every value is drawn from (seed, repository), with the heavy tails of public GitHub. */
import { hash, normal, textHash, uniform } from './hash.ts';
import { words } from './repository-name.ts';

/** Times are GitHub's ISO 8601 in whole seconds, `diskUsage` is in kilobytes. */
export interface RepositoryFacts {
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly pushedAt: string;
  readonly archivedAt: string | null;
  readonly isArchived: boolean;
  readonly isTemplate: boolean;
  readonly isFork: boolean;
  readonly isPrivate: boolean;
  readonly openIssues: number;
  readonly closedIssues: number;
  readonly openPRs: number;
  readonly closedPRs: number;
  readonly mergedPRs: number;
  readonly stars: number;
  readonly forks: number;
  readonly watchers: number;
  readonly language: string | null;
  readonly licence: string | null;
  readonly diskUsage: number;
  readonly topics: readonly string[];
  readonly description: string | null;
}

const kinds = {
  fork: textHash('is-fork'),
  archived: textHash('is-archived'),
  template: textHash('is-template'),
  popularity: textHash('popularity'),
  issues: textHash('issues'),
  openIssues: textHash('open-issues'),
  pulls: textHash('pulls'),
  openPulls: textHash('open-pulls'),
  mergedPulls: textHash('merged-pulls'),
  forks: textHash('forks'),
  watchers: textHash('watchers'),
  language: textHash('language'),
  licence: textHash('licence'),
  disk: textHash('disk'),
  topics: textHash('topics'),
  description: textHash('description'),
  pushed: textHash('pushed'),
  updated: textHash('updated'),
  archivedAt: textHash('archived-at'),
};

/** Shares in percent; what is missing to 100 is null. */
const languages: readonly (readonly [string, number])[] = [
  ['Python', 17], ['JavaScript', 14], ['TypeScript', 14], ['C#', 10], ['Java', 8], ['Go', 6], ['C++', 5], ['Shell', 4],
  ['Jupyter Notebook', 4], ['HTML', 3], ['C', 2], ['Rust', 2], ['PowerShell', 2], ['HCL', 1], ['Bicep', 1],
]; // prettier-ignore
const licences: readonly (readonly [string, number])[] = [
  ['MIT', 52], ['Apache-2.0', 12], ['NOASSERTION', 6], ['CC-BY-4.0', 3], ['BSD-3-Clause', 2], ['GPL-3.0', 2],
]; // prettier-ignore

function pick(table: readonly (readonly [string, number])[], percent: number): string | null {
  let rest = percent;
  for (const [value, share] of table) {
    if (rest < share) return value;
    rest -= share;
  }
  return null;
}

export function isFork(seed: number, key: number): boolean {
  return uniform(seed, kinds.fork, key) < 0.12;
}

export function isArchived(seed: number, key: number): boolean {
  return uniform(seed, kinds.archived, key) < 0.16;
}

const twoDigits = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));
const datesByDay = new Map<number, string>();

/** GitHub's form of a time given in epoch seconds. Dates are kept: times are most of what drawing a repository costs. */
export function isoTime(seconds: number): string {
  const day = Math.floor(seconds / 86_400);
  let date = datesByDay.get(day);
  if (date === undefined) datesByDay.set(day, (date = new Date(day * 86_400_000).toISOString().slice(0, 10)));
  const rest = seconds - day * 86_400;
  const [h, m, s] = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60, rest % 60];
  return `${date}T${twoDigits[h]}:${twoDigits[m]}:${twoDigits[s]}Z`;
}

function tail(location: number, scale: number, z: number): number {
  return Math.min(
    900_000,
    Math.floor(Math.exp(location + scale * z)) - 1 + (location + scale * z < 0 ? 1 : 0),
  );
}

function topicsOf(seed: number, key: number): string[] {
  const count = Math.max(0, (hash(seed, kinds.topics, key) % 8) - 3);
  const picked = Array.from(
    { length: count },
    (_, i) => words[hash(seed, kinds.topics, key, i + 1) % words.length],
  );
  return [...new Set(picked)].filter((topic) => topic !== undefined);
}

function descriptionOf(seed: number, key: number): string | null {
  const draw = hash(seed, kinds.description, key);
  if (draw % 5 === 0) return null;
  const word = (n: number) => words[hash(seed, kinds.description, key, n) % words.length];
  return `A ${word(1)} ${word(2)} for the ${word(3)} ${word(4)}`;
}

/** The facts of the repository drawn by `key`, created at `created`, seen at `asOf` (epoch seconds both). */
export function drawFacts(seed: number, key: number, created: number, asOf: number): RepositoryFacts {
  const forked = isFork(seed, key);
  const archived = isArchived(seed, key);
  const z = normal(seed, kinds.popularity, key) - (forked ? 1 : 0);
  const stars = tail(0.9, 2.4, z);
  const issues = forked ? 0 : tail(0.8, 1.9, 0.8 * z + 0.6 * normal(seed, kinds.issues, key));
  const pulls = forked ? 0 : tail(1.4, 1.9, 0.7 * z + 0.7 * normal(seed, kinds.pulls, key));
  const openIssues = Math.floor(issues * uniform(seed, kinds.openIssues, key) ** 2);
  const openPRs = Math.floor(pulls * uniform(seed, kinds.openPulls, key) ** 3 * 0.4);
  const mergedPRs = Math.floor((pulls - openPRs) * (0.6 + 0.4 * uniform(seed, kinds.mergedPulls, key)));

  const age = asOf - created;
  const quiet = uniform(seed, kinds.pushed, key) ** 3;
  const pushed = Math.floor(asOf - age * (archived ? 0.3 + 0.7 * quiet : quiet));
  const updated = Math.floor(pushed + (asOf - pushed) * uniform(seed, kinds.updated, key) ** 3);
  return {
    createdAt: isoTime(created),
    updatedAt: isoTime(updated),
    pushedAt: isoTime(pushed),
    archivedAt: archived
      ? isoTime(Math.floor(pushed + (asOf - pushed) * uniform(seed, kinds.archivedAt, key)))
      : null,
    isArchived: archived,
    isTemplate: !forked && uniform(seed, kinds.template, key) < 0.03,
    isFork: forked,
    isPrivate: false,
    openIssues,
    closedIssues: issues - openIssues,
    openPRs,
    closedPRs: pulls - openPRs - mergedPRs,
    mergedPRs,
    stars,
    forks: Math.floor(stars ** 0.8 * (0.1 + 0.9 * uniform(seed, kinds.forks, key))),
    watchers: Math.floor(stars ** 0.6 * (0.5 + uniform(seed, kinds.watchers, key))) + 1,
    language: pick(languages, uniform(seed, kinds.language, key) * 100),
    licence: pick(licences, uniform(seed, kinds.licence, key) * 100),
    diskUsage: tail(6, 2, normal(seed, kinds.disk, key)),
    topics: topicsOf(seed, key),
    description: descriptionOf(seed, key),
  };
}
