import { describe, expect, it } from 'vitest';
import { DEFAULT_QUALITY_RULES, qualityRulesSetting, qualityRulesText } from './quality-rules.ts';

const read = (value: unknown) => qualityRulesSetting.safeParse(JSON.stringify(value));
const problems = (value: unknown): string[] => read(value).error?.issues.map((i) => i.message) ?? [];
const rule = { check: 'owner-shrank', warn: 0.2, fail: 0.4 };

describe('rules of data quality', () => {
  it('replace the default of the check that they name, and leave the others as they are', () => {
    expect(read([rule, { check: 'outliers', off: true }]).data).toEqual({
      ...DEFAULT_QUALITY_RULES,
      'owner-shrank': { warn: 0.2, fail: 0.4 },
      outliers: 'off',
    });
    expect(read([]).data).toEqual(DEFAULT_QUALITY_RULES);
  });

  it('come back the same after they were written as text', () => {
    const { data } = read([rule, { check: 'outliers', off: true }]);
    expect(qualityRulesSetting.parse(qualityRulesText(data!))).toEqual(data);
  });

  it.each([
    ['text', ['is not a JSON array of rules']],
    [[3], ['entry 1: is not an object']],
    [[{}], ['check', 'warn', 'fail'].map((field) => `entry 1: ${field} is missing`)],
    [[{ check: 'stars', off: true }], [expect.stringMatching(/^entry 1: check is not one of complete-/)]],
    [[{ check: 'outliers', off: false }], ['entry 1: off is not true']],
    [[{ ...rule, off: true }], ['entry 1: holds a field that is not known']],
    [[{ ...rule, warn: 'few' }], ['entry 1: warn is not a number']],
    [[{ ...rule, fail: 50 }], ['entry 1: fail is not a share from 0 to 1']],
    [[{ ...rule, warn: 0.5 }], ['entry 1: warn is more than fail']],
    [[rule, { check: 'owner-shrank', off: true }], ['entry 2: is about the same check as entry 1']],
  ])('say what is wrong and where: %j', (value, expected) => {
    expect(problems(value)).toEqual(expected);
  });

  it('say so when the text is no JSON, without quoting it', () => {
    expect(qualityRulesSetting.safeParse('[secret').error?.issues.map((i) => i.message)).toEqual([
      'is not JSON',
    ]);
  });
});
