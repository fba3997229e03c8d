/**
 * A container's indexing policy: the rules of included and excluded paths, and which of them covers a path.
 * Source: https://learn.microsoft.com/azure/cosmos-db/index-policy
 */
import { badRequest, notSupported } from './cosmos-error.ts';
import { isJsonObject } from './json.ts';

export interface IndexingPolicy {
  indexingMode: 'consistent' | 'none';
  automatic: boolean;
  includedPaths: { path: string }[];
  excludedPaths: { path: string }[];
  compositeIndexes?: { path: string; order: 'ascending' | 'descending' }[][];
}

/** One step of the tree of rules. `scalar` is a rule that ends in `/?`, `subtree` one that ends in `/*`. */
export interface IndexRule {
  children: Map<string, IndexRule>;
  scalar?: boolean;
  subtree?: boolean;
}

export interface CompiledPolicy {
  policy: IndexingPolicy;
  root: IndexRule;
  /** Paths included by name (`/a/b/?`, without array steps): an item that lacks one still writes a term for it. */
  named: string[][];
}

export const defaultIndexingPolicy: IndexingPolicy = {
  indexingMode: 'consistent',
  automatic: true,
  includedPaths: [{ path: '/*' }],
  excludedPaths: [{ path: '/"_etag"/?' }],
};

/** `/a/"b c"/[]/?` to its steps and its ending. Throws 400 when the path does not end in `/?` or `/*`. */
export function parseIndexPath(path: string): { steps: string[]; ending: '?' | '*' } {
  const steps = [...path.matchAll(/\/(?:"((?:[^"\\]|\\.)*)"|([^/]*))/g)].map(
    (part) => part[1] ?? part[2] ?? '',
  );
  const ending = steps.pop();
  if (!path.startsWith('/') || (ending !== '?' && ending !== '*')) {
    throw badRequest(
      `The indexing path '${path}' could not be accepted, failed near position '${path.length}'. Please ensure that the path is a valid path.`,
    );
  }
  return { steps, ending };
}

/** Checks a policy as Azure does and builds its tree of rules; undefined gives the default policy. */
export function compilePolicy(given: unknown): CompiledPolicy {
  const policy = normalise(given);
  const root: IndexRule = { children: new Map() };
  const named: string[][] = [];
  for (const [paths, included] of [
    [policy.includedPaths, true],
    [policy.excludedPaths, false],
  ] as const) {
    for (const { path } of paths) {
      const { steps, ending } = parseIndexPath(path);
      let rule = root;
      for (const step of steps) {
        let next = rule.children.get(step);
        if (!next) rule.children.set(step, (next = { children: new Map() }));
        rule = next;
      }
      const slot = ending === '?' ? 'scalar' : 'subtree';
      if (rule[slot] !== undefined)
        throw badRequest(`The indexing path '${path}' is specified more than once.`);
      rule[slot] = included;
      if (included && ending === '?' && !steps.includes('[]')) named.push(steps);
    }
  }
  if (policy.indexingMode === 'consistent' && root.subtree === undefined) {
    throw badRequest(
      'The special mandatory indexing path "/" is not provided in any of the path type sets. Please provide this path in one of the sets.',
    );
  }
  return { policy, root, named };
}

function normalise(given: unknown): IndexingPolicy {
  if (given === undefined || given === null) return structuredClone(defaultIndexingPolicy);
  if (!isJsonObject(given)) throw badRequest('The indexing policy must be an object.');
  for (const name of ['spatialIndexes', 'vectorIndexes', 'fullTextIndexes', 'fullTextPaths']) {
    const value = given[name];
    if (Array.isArray(value) && value.length > 0) throw notSupported(`indexingPolicy.${name}`);
  }
  const mode = typeof given['indexingMode'] === 'string' ? given['indexingMode'].toLowerCase() : 'consistent';
  if (mode === 'lazy') throw notSupported('indexingMode lazy');
  if (mode !== 'consistent' && mode !== 'none') throw badRequest(`Unknown indexingMode '${mode}'.`);
  const paths = (name: string): { path: string }[] | undefined => {
    const list = given[name];
    if (!Array.isArray(list)) return undefined;
    return list.map((entry) => {
      if (isJsonObject(entry) && typeof entry['path'] === 'string') return { path: entry['path'] };
      throw badRequest(`Each entry of indexingPolicy.${name} needs a path.`);
    });
  };
  const included = paths('includedPaths');
  const excluded = paths('excludedPaths');
  const composite = given['compositeIndexes'];
  return {
    indexingMode: mode,
    automatic: given['automatic'] !== false,
    includedPaths: mode === 'none' ? [] : (included ?? defaultIndexingPolicy.includedPaths),
    excludedPaths: mode === 'none' ? [] : (excluded ?? (included ? [] : defaultIndexingPolicy.excludedPaths)),
    ...(Array.isArray(composite) ? { compositeIndexes: compositeIndexes(composite) } : {}),
  };
}

function compositeIndexes(given: unknown[]): NonNullable<IndexingPolicy['compositeIndexes']> {
  return given.map((index) => {
    if (!Array.isArray(index)) throw badRequest('Each composite index must be a list of paths.');
    return index.map((entry: unknown) => {
      if (!isJsonObject(entry) || typeof entry['path'] !== 'string') {
        throw badRequest('Each path of a composite index needs a path.');
      }
      return { path: entry['path'], order: entry['order'] === 'descending' ? 'descending' : 'ascending' };
    });
  });
}

/** True when the value at this path is in the index. `id` and `_ts` always are in mode consistent. */
export function isIndexed(compiled: CompiledPolicy, path: readonly string[]): boolean {
  if (compiled.policy.indexingMode === 'none') return false;
  if (path.length === 1 && (path[0] === 'id' || path[0] === '_ts')) return true;
  let rule: IndexRule | undefined = compiled.root;
  let inherited = compiled.root.subtree ?? false;
  for (const step of path) {
    rule = rule?.children.get(step);
    if (rule?.subtree !== undefined) inherited = rule.subtree;
  }
  return rule?.scalar ?? inherited;
}

/** True when the policy includes this very path by name, so that items without it are in its index too. */
export function isNamed(compiled: CompiledPolicy, path: readonly string[]): boolean {
  return compiled.named.some(
    (steps) => steps.length === path.length && steps.every((step, i) => step === path[i]),
  );
}
