import { describe, expect, it } from 'vitest';
import { alertRulesSetting, DEFAULT_ALERT_RULES, ruleName } from './alert-rules.ts';

const read = (value: unknown) => alertRulesSetting.safeParse(JSON.stringify(value));
const problems = (value: unknown): string[] => read(value).error?.issues.map((i) => i.message) ?? [];
const rule = { metric: 'stars', percent: 5, amount: 50 };

describe('rules of alerts', () => {
  it('are read as they are written, in 7 days unless it says otherwise', () => {
    const rules = [rule, { ...rule, days: 30 }, { event: 'gone' }];
    expect(read(rules).data).toEqual([{ ...rule, days: 7 }, { ...rule, days: 30 }, { event: 'gone' }]);
  });

  it('may be none at all', () => {
    expect(read([]).data).toEqual([]);
  });

  it('have names that differ where they do', () => {
    const names = DEFAULT_ALERT_RULES.map(ruleName);
    expect(new Set(names).size).toBe(names.length);
  });

  it('come back the same after they were written as JSON', () => {
    expect(read(DEFAULT_ALERT_RULES).data).toEqual(DEFAULT_ALERT_RULES);
  });

  it.each([
    ['text', ['is not a JSON array of at most 50 rules']],
    [Array.from({ length: 51 }, () => rule), ['is not a JSON array of at most 50 rules']],
    [[3], ['entry 1: is not an object']],
    [[rule, null], ['entry 2: is not an object']],
    [[{}], ['metric', 'percent', 'amount'].map((field) => `entry 1: ${field} is missing`)],
    [[{ ...rule, metric: 'watchers' }], ['entry 1: metric is not one of stars, forks, openIssues, openPRs']],
    [[{ ...rule, percent: 'five' }], ['entry 1: percent is not a number']],
    [[{ ...rule, percent: 0 }], ['entry 1: percent is not a number from -10000 to 10000 other than 0']],
    [[{ ...rule, amount: 1.5 }], ['entry 1: amount is not a whole number']],
    [[{ ...rule, amount: 0 }], ['entry 1: amount is 0, which is no change']],
    [[{ ...rule, amount: -50 }], ['entry 1: percent and amount have different signs']],
    [[{ ...rule, days: 14 }], ['entry 1: days is not 7 or 30']],
    [[{ ...rule, window: 7 }], ['entry 1: holds a field that is not known']],
    [[{ event: 'deleted' }], ['entry 1: event is not one of gone, renamed, transferred, archived, hidden']],
    [[rule, { event: 'gone' }, { ...rule, days: 7 }], ['entry 3: is the same as entry 1']],
  ])('say what is wrong and where: %j', (value, expected) => {
    expect(problems(value)).toEqual(expected);
  });

  it('say so when the text is no JSON, without quoting it', () => {
    expect(alertRulesSetting.safeParse('[secret').error?.issues.map((i) => i.message)).toEqual([
      'is not JSON',
    ]);
  });
});
