import { describe, expect, it } from 'vitest';
import { configured, EVERYTHING, LEAST, noCode } from './config.fixture.ts';
import { record, type Registration } from './registrations.fixture.ts';
import { defineStack } from './stack.ts';

const budget = async (values: Record<string, string>, now: string): Promise<Registration | undefined> => {
  const { registrations } = await record(() => defineStack(configured(values), noCode(), new Date(now)));
  return registrations.find(({ type }) => type === 'azure-native:consumption:Budget');
};

describe('the budget', () => {
  it('is made when an amount is set', async () => {
    expect(await budget(LEAST, '2026-03-15T12:00:00Z')).toBeUndefined();
    const made = await budget(EVERYTHING, '2026-03-15T12:00:00Z');
    expect(made?.inputs).toMatchObject({ amount: 50, category: 'Cost', timeGrain: 'Monthly' });
    expect(made?.inputs['scope']).toMatch(/\/resourceGroups\/[^/]+$/);
  });

  it('tells everybody who is told of alerts, of what is spent and of what is to come', async () => {
    const made = await budget(EVERYTHING, '2026-03-15T12:00:00Z');
    const contactEmails = configured(EVERYTHING).alertEmail;
    const common = { enabled: true, operator: 'GreaterThanOrEqualTo', contactEmails };
    expect(contactEmails).toHaveLength(2);
    expect(made?.inputs['notifications']).toEqual({
      spent80Percent: { ...common, threshold: 80, thresholdType: 'Actual' },
      forecast100Percent: { ...common, threshold: 100, thresholdType: 'Forecasted' },
    });
  });

  it('counts from the first of the month in which it is made, and another month changes nothing', async () => {
    const made = await budget(EVERYTHING, '2026-03-31T23:59:59Z');
    const later = await budget(EVERYTHING, '2026-12-01T00:00:00Z');
    expect(made?.inputs['timePeriod']).toEqual({ startDate: '2026-03-01T00:00:00Z' });
    const changed = Object.keys(made!.inputs).filter(
      (key) => JSON.stringify(made!.inputs[key]) !== JSON.stringify(later!.inputs[key]),
    );
    expect(changed).toEqual(['timePeriod']);
    expect(later?.ignoreChanges).toEqual(changed);
  });
});
