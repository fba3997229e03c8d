/**
 * The index terms that a document writes under a policy: what a write is charged for beside its size.
 * A string leaf has two terms, any other leaf one; `_ts` has one and `id` two whatever the policy excludes.
 */
import type { CompiledPolicy, IndexRule } from './index-policy.ts';
import { isJsonObject, valueAt, type Json, type JsonObject } from './json.ts';

const timestampTerms = 1;
const idTerms = 2;
const unindexedRootProperties = new Set(['id', '_rid', '_self', '_etag', '_attachments', '_ts']);

/** Terms of a whole document: those of a create or a delete. */
export function documentTerms(document: JsonObject, policy: CompiledPolicy): number {
  if (policy.policy.indexingMode === 'none') return 0;
  let terms = timestampTerms + idTerms;
  eachTerm(document, policy, (_path, _value, weight) => (terms += weight));
  return terms;
}

/** Terms removed and terms added by a replace; `_ts` is always one of each. */
export function changedTerms(before: JsonObject, after: JsonObject, policy: CompiledPolicy): number {
  if (policy.policy.indexingMode === 'none') return 0;
  const balance = new Map<string, number>();
  const count = (sign: 1 | -1) => (path: string, value: Json | undefined, weight: number) => {
    const term = `${path}\0${JSON.stringify(value)}`;
    balance.set(term, (balance.get(term) ?? 0) + sign * weight);
  };
  eachTerm(before, policy, count(-1));
  eachTerm(after, policy, count(1));
  let changed = 2 * timestampTerms;
  for (const weight of balance.values()) changed += Math.abs(weight);
  return changed;
}

type Visit = (path: string, value: Json | undefined, weight: number) => void;

function eachTerm(document: JsonObject, policy: CompiledPolicy, visit: Visit): void {
  const { root } = policy;
  const inherited = root.subtree ?? false;
  if (inherited || root.children.size > 0) {
    for (const name of Object.keys(document)) {
      if (!unindexedRootProperties.has(name))
        walk(document[name]!, root.children.get(name), inherited, name, visit);
    }
  }
  for (const path of policy.named) {
    if (valueAt(document, path) === undefined) visit(path.join('/'), undefined, 1);
  }
}

function walk(value: Json, rule: IndexRule | undefined, outer: boolean, path: string, visit: Visit): void {
  const inherited = rule?.subtree ?? outer;
  if (typeof value === 'object' && value !== null) {
    if (!inherited && !rule?.children.size) return;
    if (Array.isArray(value)) {
      const elements = rule?.children.get('[]');
      for (const element of value) walk(element, elements, inherited, `${path}/[]`, visit);
    } else if (isJsonObject(value)) {
      for (const name of Object.keys(value)) {
        walk(value[name]!, rule?.children.get(name), inherited, `${path}/${name}`, visit);
      }
    }
  } else if (rule?.scalar ?? inherited) {
    visit(path, value, typeof value === 'string' ? 2 : 1);
  }
}
