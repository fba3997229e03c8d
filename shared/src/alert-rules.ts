/** Reads the setting `Alert_Rules`: when people are told that a repository moved much, or that something became of it, as JSON. */
import * as z from 'zod';
import { METRICS } from './trend.ts';

/** What can become of a repository: `hidden` is made private or internal, `transferred` is renamed to another owner. */
export const ALERT_EVENTS = ['gone', 'renamed', 'transferred', 'archived', 'hidden'] as const;
export type AlertEvent = (typeof ALERT_EVENTS)[number];

const among = <const T extends readonly string[]>(values: T) =>
  z.enum(values, { error: (issue) => missingOr(issue, `is not one of ${values.join(', ')}`) });
const missingOr = ({ input }: { input?: unknown }, what: string): string =>
  input === undefined ? 'is missing' : what;

/**
 * A number that changed by at least so many percent and at least so much, both of the same sign: percent alone is noise of small
 * repositories, and an amount alone of large ones.
 */
const NumberRule = z
  .strictObject({
    metric: among(METRICS),
    percent: z
      .number({ error: (issue) => missingOr(issue, 'is not a number') })
      .refine((n) => n !== 0 && Math.abs(n) <= 10_000, 'is not a number from -10000 to 10000 other than 0'),
    amount: z
      .int({ error: (issue) => missingOr(issue, 'is not a whole number') })
      .refine((n) => n !== 0, 'is 0, which is no change'),
    /** Within so many days. */
    days: z.literal([7, 30], 'is not 7 or 30').default(7),
  })
  .refine((rule) => rule.percent * rule.amount >= 0, 'percent and amount have different signs');
export type NumberRule = z.output<typeof NumberRule>;

const EventRule = z.strictObject({ event: among(ALERT_EVENTS) });
export type EventRule = z.output<typeof EventRule>;

export type AlertRule = NumberRule | EventRule;

/** What a rule is called in stored documents: another limit is another rule. */
export const ruleName = (rule: AlertRule): string =>
  'event' in rule ? rule.event : `${rule.metric} ${rule.percent}% ${rule.amount} in ${rule.days} d`;

export const DEFAULT_ALERT_RULES: readonly AlertRule[] = [
  { metric: 'stars', percent: -1, amount: -20, days: 7 },
  { metric: 'stars', percent: 5, amount: 50, days: 7 },
  { metric: 'openIssues', percent: 25, amount: 10, days: 7 },
  { metric: 'openPRs', percent: 25, amount: 10, days: 7 },
  ...ALERT_EVENTS.map((event) => ({ event })),
];

const MOST_RULES = 50;

/** `percent is missing`; a list's places are counted from 1. No value is quoted: what stands in a setting may be meant for another. */
function problemsOf(error: z.ZodError): string[] {
  return error.issues.map(({ code, path, message }) => {
    const what = code === 'unrecognized_keys' ? 'holds a field that is not known' : message;
    return [...path.map(String), what].join(' ');
  });
}

function ruleOf(entry: unknown): AlertRule | string[] {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return ['is not an object'];
  const parsed = 'event' in entry ? EventRule.safeParse(entry) : NumberRule.safeParse(entry);
  return parsed.success ? parsed.data : problemsOf(parsed.error);
}

/** The JSON text as rules; an empty list is none. */
export const alertRulesSetting = z.string('is not a text').transform((json, ctx): AlertRule[] => {
  const wrong = (message: string): void => ctx.addIssue({ code: 'custom', message });
  let entries: unknown;
  try {
    entries = JSON.parse(json);
  } catch {
    wrong('is not JSON');
    return z.NEVER;
  }
  if (!Array.isArray(entries) || entries.length > MOST_RULES) {
    wrong(`is not a JSON array of at most ${MOST_RULES} rules`);
    return z.NEVER;
  }
  const rules = new Map<string, { n: number; rule: AlertRule }>();
  for (const [i, entry] of entries.entries()) {
    const rule = ruleOf(entry);
    if (Array.isArray(rule)) {
      for (const problem of rule) wrong(`entry ${i + 1}: ${problem}`);
      continue;
    }
    const twin = rules.get(ruleName(rule));
    if (twin) wrong(`entry ${i + 1}: is the same as entry ${twin.n}`);
    else rules.set(ruleName(rule), { n: i + 1, rule });
  }
  return [...rules.values()].map(({ rule }) => rule);
});
