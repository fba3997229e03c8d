import { expect, test } from 'vitest';
import { LOCAL_SETTINGS } from './local-settings.ts';

const { Simulator_LatencyScale: scale, Simulator_SecondsPerRepository: seconds } = LOCAL_SETTINGS;

test('the pace of the simulated GitHub is a number above 0', () => {
  expect(seconds.parse('0.06')).toBe(0.06);
  expect(scale.parse(' 0.001 ')).toBe(0.001);
  for (const wrong of ['0', '0.0', '-1', '1e9', 'fast', '1,5', '.5', 'NaN'])
    expect([wrong, scale.safeParse(wrong).success]).toEqual([wrong, false]);
  expect(seconds.safeParse('0').error?.issues[0]?.message).toBe('is not more than 0');
  expect(seconds.safeParse('slow').error?.issues[0]?.message).toBe('is not a number such as 0.06');
});

test('a share is a number from 0 to 1', () => {
  const share = LOCAL_SETTINGS.Simulator_GiantShare;
  expect(['0', '0.02', '1'].map((text) => share.parse(text))).toEqual([0, 0.02, 1]);
  for (const wrong of ['1.1', '-0.1', '4 %', '.5'])
    expect([wrong, share.safeParse(wrong).success]).toEqual([wrong, false]);
});
