/** The settings of the scheduler. */
import { APP_SETTINGS } from '@github-repo-stats/shared/app-settings';
import { needsCredentials } from '@github-repo-stats/shared/github/credentials';
import { needsServiceBus, readSettings, type SettingsRule } from '@github-repo-stats/shared/settings';
import { scheduleProblem } from './schedule.ts';

export type Config = ReturnType<typeof readConfig>;

const scheduleRule: SettingsRule<{ RunSchedule: string }> = (s) => scheduleProblem(s.RunSchedule);

/** Without any credential runs are started all the same, and none is estimated. */
const credentialsIfAny: typeof needsCredentials = (s) =>
  s.Github_Token === undefined && s.Github_Credentials === undefined ? undefined : needsCredentials(s);

/** @throws SettingsError naming everything that is wrong. */
export const readConfig = (env: Record<string, string | undefined>) =>
  readSettings(APP_SETTINGS.scheduler, env, [needsServiceBus, scheduleRule, credentialsIfAny]);
