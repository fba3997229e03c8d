/** sources.json: which organisations and single repositories to collect, checked with every problem's line and path. */
import {
  findNodeAtLocation,
  getNodeValue,
  parseTree,
  printParseErrorCode,
  type ParseError,
} from 'jsonc-parser';
import { z } from 'zod';
import type { Selection, SelectedOwner } from './documents.ts';
import { NAME_WITH_OWNER } from './ids.ts';

const ownerName = z
  .string('is not a text')
  .trim()
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38})$/, 'is not the name of a GitHub organisation or user');
const excludePattern = /^(?:[A-Za-z0-9_-]+\/)?[A-Za-z0-9._*-]+$/;
const exclude = z
  .union([z.string(), z.array(z.string())], 'is neither a comma-separated text nor a list of texts')
  .transform((v) => (typeof v === 'string' ? v.split(',') : v.flatMap((s) => s.split(','))))
  .transform((list) => list.map((s) => s.trim()).filter((s) => s !== ''))
  .superRefine((list, ctx) => {
    for (const s of list)
      if (!excludePattern.test(s))
        ctx.addIssue({ code: 'custom', message: `"${s}" is neither a repository name nor a pattern with *` });
  });

/** The form of sources.json, as the first generation had it; `exclude` is CSV or a list, any case, `*` stands for any text. */
export const Sources = z
  .strictObject(
    {
      fullOrgs: z
        .array(z.strictObject({ orgName: ownerName, exclude: exclude.optional() }), 'is not a list')
        .default([]),
      individualRepos: z
        .array(z.string('is not a text').trim().regex(NAME_WITH_OWNER, 'is not owner/name'), 'is not a list')
        .default([]),
    },
    'is not an object with fullOrgs and individualRepos',
  )
  .refine((s) => s.fullOrgs.length + s.individualRepos.length > 0, {
    message: 'names no organisation and no repository',
  });
export type Sources = z.infer<typeof Sources>;

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

/** Checks an already parsed sources object, as a request's body brings it (lines are then 1). */
export const readSourcesObject = (value: unknown): ReturnType<typeof readSources> =>
  readSources(JSON.stringify(value ?? null));

function selectionOrProblem(sources: Sources): ReturnType<typeof readSources> {
  const selection = toSelection(sources);
  const bytes = Buffer.byteLength(JSON.stringify(selection));
  if (bytes <= MAX_SELECTION_BYTES) return { selection };
  const message = `takes ${bytes} bytes, more than the ${MAX_SELECTION_BYTES} of one run; split it into several runs`;
  return { problems: [{ line: 1, path: '', message }] };
}

/**
 * What is to be collected, no repository twice: owners and single repositories are compared without case, an owner named
 * twice is one owner with both excludes, and a single repository is left to its own source, which beats any exclude.
 */
export function toSelection(sources: Sources): Selection {
  const repositories = new Map<string, string>();
  for (const name of sources.individualRepos)
    if (!repositories.has(name.toLowerCase())) repositories.set(name.toLowerCase(), name);
  const owners = new Map<string, SelectedOwner>();
  for (const { orgName, exclude: patterns = [] } of sources.fullOrgs) {
    const known = owners.get(orgName.toLowerCase());
    if (known) known.exclude.push(...patterns);
    else owners.set(orgName.toLowerCase(), { owner: orgName, exclude: [...patterns], individual: [] });
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
