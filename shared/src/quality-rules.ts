/** Reads the setting `Quality_Rules`: by how much the numbers of a run may be wrong before people are told, as JSON. */
import * as z from 'zod';

/** What is looked at in every run, before anybody is told of it: docs/data-quality.md. */
export const QUALITY_CHECKS = [
  'complete-against-plan',
  'complete-against-previous',
  'sums-add-up',
  'only-rising',
  'owner-shrank',
  'stuck-source',
  'outliers',
] as const;
export type QualityCheck = (typeof QUALITY_CHECKS)[number];

/** Shares from 0 to 1: what is measured to be more than `warn` is warned of, and more than `fail` has failed. */
export interface QualityLimits {
  warn: number;
  fail: number;
}

/** By check; `off`: it is not looked at. */
export type QualityRules = Readonly<Record<QualityCheck, QualityLimits | 'off'>>;

/** Chosen by `npm run bench:data-quality`, with what it caught and what it cried wolf over: docs/decisions/0024-data-quality.md. */
export const DEFAULT_QUALITY_RULES = {
  'complete-against-plan': { warn: 0.01, fail: 0.1 },
  'complete-against-previous': { warn: 0.01, fail: 0.1 },
  'sums-add-up': { warn: 0, fail: 0.01 },
  'only-rising': { warn: 0, fail: 0.005 },
  'owner-shrank': { warn: 0.1, fail: 0.5 },
  'stuck-source': { warn: 0.9, fail: 0.98 },
  outliers: { warn: 0.002, fail: 0.01 },
} as const satisfies QualityRules;

const missingOr = ({ input }: { input?: unknown }, what: string): string =>
  input === undefined ? 'is missing' : what;
const share = z
  .number({ error: (issue) => missingOr(issue, 'is not a number') })
  .refine((n) => n >= 0 && n <= 1, 'is not a share from 0 to 1');
const check = z.enum(QUALITY_CHECKS, {
  error: (issue) => missingOr(issue, `is not one of ${QUALITY_CHECKS.join(', ')}`),
});

const LimitsRule = z
  .strictObject({ check, warn: share, fail: share })
  .refine(({ warn, fail }) => warn <= fail, 'warn is more than fail');
const OffRule = z.strictObject({ check, off: z.literal(true, 'is not true') });

/** `warn is missing`. No value is quoted: what stands in a setting may be meant for another. */
const problemsOf = (error: z.ZodError): string[] =>
  error.issues.map(({ code, path, message }) => {
    const what = code === 'unrecognized_keys' ? 'holds a field that is not known' : message;
    return [...path.map(String), what].join(' ');
  });

interface Rule {
  check: QualityCheck;
  is: QualityLimits | 'off';
}

/** @returns the rule, or what is wrong with it. */
function ruleOf(entry: unknown): Rule | string[] {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return ['is not an object'];
  if ('off' in entry) {
    const off = OffRule.safeParse(entry);
    return off.success ? { check: off.data.check, is: 'off' } : problemsOf(off.error);
  }
  const limits = LimitsRule.safeParse(entry);
  if (!limits.success) return problemsOf(limits.error);
  const { check: name, warn, fail } = limits.data;
  return { check: name, is: { warn, fail } };
}

/** The JSON text as rules; a check that is not named keeps its default. */
export const qualityRulesSetting = z.string('is not a text').transform((json, ctx): QualityRules => {
  const wrong = (message: string): void => ctx.addIssue({ code: 'custom', message });
  let entries: unknown;
  try {
    entries = JSON.parse(json);
  } catch {
    wrong('is not JSON');
    return z.NEVER;
  }
  if (!Array.isArray(entries)) {
    wrong('is not a JSON array of rules');
    return z.NEVER;
  }
  const named = new Map<QualityCheck, { n: number; is: Rule['is'] }>();
  for (const [i, entry] of entries.entries()) {
    const rule = ruleOf(entry);
    if (Array.isArray(rule)) {
      for (const problem of rule) wrong(`entry ${i + 1}: ${problem}`);
      continue;
    }
    const twin = named.get(rule.check);
    if (twin) wrong(`entry ${i + 1}: is about the same check as entry ${twin.n}`);
    else named.set(rule.check, { n: i + 1, is: rule.is });
  }
  const rules = Object.fromEntries([...named].map(([name, { is }]) => [name, is]));
  return { ...DEFAULT_QUALITY_RULES, ...rules };
});

/** As the setting spells them, every check by name. */
export const qualityRulesText = (rules: QualityRules): string =>
  JSON.stringify(
    QUALITY_CHECKS.map((check) => {
      const is = rules[check];
      return is === 'off' ? { check, off: true } : { check, ...is };
    }),
  );
