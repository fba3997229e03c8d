/** sources.json: which organisations and single repositories to collect, checked with every problem's line and path. */
import {
  findNodeAtLocation,
  getNodeValue,
  parseTree,
  printParseErrorCode,
  type ParseError,
} from 'jsonc-parser';
import * as z from 'zod';
import { VISIBILITIES, type RepositoryFilter, type Selection, type SelectedOwner } from './documents.ts';
import { NAME_WITH_OWNER } from './ids.ts';

const ownerName = z
  .string('is not a text')
  .trim()
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38})$/, 'is not the name of a GitHub organisation or user');
const excludePattern = /^(?:[A-Za-z0-9_-]+\/)?[A-Za-z0-9._*-]+$/;
/** A comma-separated text or a list of such texts, as the list of what they name. */
const texts = z
  .union([z.string(), z.array(z.string())], 'is neither a comma-separated text nor a list of texts')
  .transform((v) => (typeof v === 'string' ? v.split(',') : v.flatMap((s) => s.split(','))))
  .transform((list) => list.map((s) => s.trim()).filter((s) => s !== ''));
const exclude = texts.superRefine((list, ctx) => {
  for (const s of list)
    if (!excludePattern.test(s))
      ctx.addIssue({ code: 'custom', message: `"${s}" is neither a repository name nor a pattern with *` });
});

/** Values of a filter, of which a repository must have one. An empty list would let nothing through, or all: it is refused. */
const anyOf = <T extends string>(accepts: (value: string) => value is T, wanted: string) =>
  texts
    .transform((list) => [...new Set(list.map((s) => s.toLowerCase()))].sort())
    .transform((list, ctx): T[] => {
      if (list.length === 0)
        ctx.addIssue({ code: 'custom', message: 'names nothing; leave it out to take all' });
      for (const s of list)
        if (!accepts(s)) ctx.addIssue({ code: 'custom', message: `"${s}" is not ${wanted}` });
      return list.filter(accepts);
    });
const flag = z.boolean('is neither true nor false').optional();
const matching =
  (pattern: RegExp) =>
  (s: string): s is string =>
    pattern.test(s);
const filters = {
  archived: flag,
  forks: flag,
  templates: flag,
  visibility: anyOf(
    (s): s is (typeof VISIBILITIES)[number] => (VISIBILITIES as readonly string[]).includes(s),
    'public, private or internal',
  ).optional(),
  // https://docs.github.com/en/repositories/classifying-your-repository-with-topics
  topics: anyOf(
    matching(/^[a-z0-9][a-z0-9-]{0,49}$/),
    'a topic: up to 50 letters, digits and hyphens',
  ).optional(),
  languages: anyOf(matching(/^.{1,100}$/), 'the name of a language').optional(),
};

/**
 * The form of sources.json: that of the first generation, and filters. `exclude` is CSV or a list, any case, `*` stands for
 * any text; `visibility`, `topics` and `languages` are CSV or lists too, in any case.
 */
export const Sources = z
  .strictObject(
    {
      fullOrgs: z
        .array(
          z.strictObject({ orgName: ownerName, exclude: exclude.optional(), ...filters }),
          'is not a list',
        )
        .default([]),
      individualRepos: z
        .array(z.string('is not a text').trim().regex(NAME_WITH_OWNER, 'is not owner/name'), 'is not a list')
        .default([]),
    },
    'is not an object with fullOrgs and individualRepos',
  )
  .refine((s) => s.fullOrgs.length + s.individualRepos.length > 0, {
    message: 'names no organisation and no repository',
  })
  .superRefine(({ fullOrgs }, ctx) => {
    const filtered = new Map<string, { filter: string; at: number }>();
    for (const [at, org] of fullOrgs.entries()) {
      const filter = JSON.stringify(filterOf(org) ?? {});
      if (filter === '{}') continue;
      const known = filtered.get(org.orgName.toLowerCase());
      if (!known) filtered.set(org.orgName.toLowerCase(), { filter, at });
      else if (known.filter !== filter) {
        const message = `filters ${org.orgName} otherwise than fullOrgs[${known.at}] does`;
        ctx.addIssue({ code: 'custom', path: ['fullOrgs', at], message });
      }
    }
  });
export type Sources = z.infer<typeof Sources>;

/** The filter of an entry, its properties always in the same order; nothing when it has none. */
function filterOf(entry: RepositoryFilter): RepositoryFilter | undefined {
  const names = Object.keys(filters) as (keyof RepositoryFilter)[];
  const given = names.filter((name) => entry[name] !== undefined).map((name) => [name, entry[name]]);
  return given.length > 0 ? (Object.fromEntries(given) as RepositoryFilter) : undefined;
}

/** One thing wrong with a sources text: where (line from 1, path like fullOrgs[0].orgName) and what. */
export interface SourcesProblem {
  line: number;
  path: string;
  message: string;
}

/** What a selection document may take: Cosmos DB stores 2 MB per document. */
const MAX_SELECTION_BYTES = 1_500_000;

const pathText = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${String(part)}` : String(part),
    '',
  );

const lineOf = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

/** Reads the text of a sources file; all problems at once. */
export function readSources(text: string): { selection: Selection } | { problems: SourcesProblem[] } {
  const source = text.replace(/^\uFEFF/, '');
  const errors: ParseError[] = [];
  const root = parseTree(source, errors, { disallowComments: true, allowEmptyContent: false });
  if (errors.length > 0 || !root) {
    const problems = errors.map((e) => ({
      line: lineOf(source, e.offset),
      path: '',
      message: `is not JSON: ${printParseErrorCode(e.error)}`,
    }));
    return { problems: problems.length > 0 ? problems : [{ line: 1, path: '', message: 'is empty' }] };
  }
  const parsed = Sources.safeParse(getNodeValue(root));
  if (!parsed.success)
    return {
      problems: parsed.error.issues.map((issue) => {
        const node =
          findNodeAtLocation(root, issue.path as (string | number)[]) ??
          findNodeAtLocation(root, issue.path.slice(0, -1) as (string | number)[]) ??
          root;
        return { line: lineOf(source, node.offset), path: pathText(issue.path), message: issue.message };
      }),
    };
  return selectionOrProblem(parsed.data);
}

/** Of the problems of a request so many are told: a list of 100,000 may be wrong from end to end. */
const MOST_PROBLEMS = 100;

/** Checks an already parsed sources object, as a request's body brings it (lines are then 1). It is stored as it stands. */
export function readSourcesObject(value: unknown): ReturnType<typeof readSources> {
  const parsed = Sources.safeParse(value ?? null);
  if (!parsed.success)
    return {
      problems: parsed.error.issues
        .slice(0, MOST_PROBLEMS)
        .map(({ path, message }) => ({ line: 1, path: pathText(path), message })),
    };
  return tooLarge(Buffer.byteLength(JSON.stringify(value))) ?? selectionOrProblem(parsed.data);
}

function selectionOrProblem(sources: Sources): ReturnType<typeof readSources> {
  const selection = toSelection(sources);
  return tooLarge(Buffer.byteLength(JSON.stringify(selection))) ?? { selection };
}

function tooLarge(bytes: number): { problems: SourcesProblem[] } | undefined {
  if (bytes <= MAX_SELECTION_BYTES) return undefined;
  const message = `takes ${bytes} bytes, more than the ${MAX_SELECTION_BYTES} of one run; split it into several runs`;
  return { problems: [{ line: 1, path: '', message }] };
}

/**
 * What is to be collected, no repository twice: owners and single repositories are compared without case, an owner named
 * twice is one owner with both excludes and the filter that either has, and a single repository is left to its own source,
 * which beats any exclude and filter.
 */
export function toSelection(sources: Sources): Selection {
  const repositories = new Map<string, string>();
  for (const name of sources.individualRepos)
    if (!repositories.has(name.toLowerCase())) repositories.set(name.toLowerCase(), name);
  const owners = new Map<string, SelectedOwner>();
  for (const { orgName, exclude: patterns = [], ...entry } of sources.fullOrgs) {
    const key = orgName.toLowerCase();
    const owner = owners.get(key) ?? { owner: orgName, exclude: [], individual: [] };
    const filter = filterOf(entry);
    owner.exclude.push(...patterns);
    if (filter) owner.filter = filter;
    owners.set(key, owner);
  }
  for (const lower of repositories.keys()) {
    const [owner, name] = lower.split('/') as [string, string];
    owners.get(owner)?.individual.push(name);
  }
  return { owners: [...owners.values()], repositories: [...repositories.values()] };
}

/** A problem as one line for people. */
export const problemText = (p: SourcesProblem): string =>
  `line ${p.line}: ${p.path || 'the file'} ${p.message}`;
