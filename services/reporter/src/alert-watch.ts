/** Looks at the rows of a run, one at a time, for broken rules: what it holds are those that break one, and those that stand. */
import { ruleName, type AlertRule, type NumberRule } from '@github-repo-stats/shared/alert-rules';
import type { Run } from '@github-repo-stats/shared/documents';
import { ownerOf } from '@github-repo-stats/shared/ids';
import type { Row } from '@github-repo-stats/shared/rows';
import type { Alert } from './alerts.ts';
import { momentOf, type AlertBook } from './alert-state.ts';
import type { ComparedPlans } from './compare-plans.ts';

/** An alert without the revision that raised it, which the book knows. */
export type Finding = Alert extends infer A ? (A extends Alert ? Omit<A, 'revision'> : never) : never;

/** Whether a number broke a rule; undefined: there is nothing to compare it with. */
export function breaks(
  rule: NumberRule,
  row: Pick<Row, 'change' | NumberRule['metric']>,
): boolean | undefined {
  const by = row.change[rule.days === 7 ? 'd7' : 'd30']?.[rule.metric] ?? undefined;
  if (by === undefined) return undefined;
  const then = row[rule.metric] - by;
  // Of nothing, any rise is more than any percentage.
  return rule.amount > 0
    ? by >= rule.amount && by * 100 >= rule.percent * then
    : by <= rule.amount && by * 100 <= rule.percent * then;
}

export class AlertWatch {
  readonly now;
  readonly previous;
  readonly #standing: AlertBook;
  readonly #numberRules: readonly (NumberRule & { name: string })[];
  readonly #kinds: ReadonlyMap<string, 'number' | 'event'>;
  /** By what it is about, by rule. */
  readonly findings = new Map<string, Map<string, Finding>>();
  readonly #kept = new Map<string, Set<string>>();

  /** @param standing all books in one. */
  constructor(run: Run, rules: readonly AlertRule[], standing: AlertBook) {
    this.now = momentOf(run.id, run.revision);
    this.previous = Number(run.compareTo?.previous ?? 0);
    this.#standing = standing;
    this.#numberRules = rules.flatMap((rule) => ('event' in rule ? [] : [{ ...rule, name: ruleName(rule) }]));
    this.#kinds = new Map(rules.map((rule) => [ruleName(rule), 'event' in rule ? 'event' : 'number']));
  }

  get broken(): ReadonlyMap<string, ReadonlySet<string>> {
    return new Map([...this.findings].map(([about, byRule]) => [about, new Set(byRule.keys())]));
  }

  isKept(about: string, rule: string): boolean {
    return this.#kept.get(about)?.has(rule) ?? false;
  }

  isEvent(rule: string): boolean | undefined {
    const kind = this.#kinds.get(rule);
    return kind && kind === 'event';
  }

  /** One repository, of a source that was listed to its end. */
  row(row: Row): void {
    const { repo, repoId } = row;
    for (const rule of this.#numberRules) {
      const broken = breaks(rule, row);
      const { metric, days, name } = rule;
      if (broken) {
        const by = row.change[days === 7 ? 'd7' : 'd30']![metric]!;
        this.#found(repoId, name, { kind: 'number', repo, metric, now: row[metric], by, days });
      } else if (broken === false && this.#standing[repoId]?.[name]) {
        const kept = this.#kept.get(repoId) ?? new Set();
        this.#kept.set(repoId, kept.add(name));
      }
    }
    for (const turn of row.turned)
      if (turn === 'archived' || turn === 'hidden') this.#event(repoId, turn, { kind: turn, repo });
  }

  /** What only the run as a whole knows: names that changed, and what listings do not have any more. */
  whole(run: Run, compared: Pick<ComparedPlans, 'goneRepositories' | 'lostAccess'>): void {
    for (const { from, to } of run.renamed ?? []) {
      const kind = ownerOf(from) === ownerOf(to) ? 'renamed' : 'transferred';
      // A space is in no node id.
      this.#event(`name ${to}`, kind, { kind, repo: to, from });
    }
    for (const { repoId, repo } of compared.goneRepositories)
      this.#event(repoId, 'gone', { kind: 'gone', repo });
    for (const { owner, gone, of } of compared.lostAccess)
      this.#event(`owner ${owner}`, 'gone', { kind: 'lostAccess', owner, gone, of });
  }

  #event(about: string, rule: string, finding: Finding): void {
    if (this.#kinds.has(rule)) this.#found(about, rule, finding);
  }

  #found(about: string, rule: string, finding: Finding): void {
    const byRule = this.findings.get(about) ?? new Map<string, Finding>();
    this.findings.set(about, byRule.set(rule, finding));
  }
}
