/** The settings of the scheduler. */
import { COSMOS_SETTINGS } from '@github-repo-stats/shared/clients/cosmos';
import { SERVICE_BUS_SETTINGS } from '@github-repo-stats/shared/clients/service-bus';
import { needsServiceBus, readSettings, type SettingsRule } from '@github-repo-stats/shared/settings';
import { scheduleProblem } from './schedule.ts';

export const SETTING_NAMES = [
  ...COSMOS_SETTINGS,
  ...SERVICE_BUS_SETTINGS,
  'RunSchedule',
  'DurationScale',
] as const;

export type Config = ReturnType<typeof readConfig>;

const scheduleRule: SettingsRule<{ RunSchedule: string }> = (s) => scheduleProblem(s.RunSchedule);

/** @throws SettingsError naming everything that is wrong. */
export const readConfig = (env: Record<string, string | undefined>) =>
  readSettings(SETTING_NAMES, env, [needsServiceBus, scheduleRule]);
