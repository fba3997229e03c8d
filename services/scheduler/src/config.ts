/** The settings of the scheduler. */
import { APP_SETTINGS } from '@github-repo-stats/shared/app-settings';
import { needsCredentials } from '@github-repo-stats/shared/github/credentials';
import { runScheduleRule } from '@github-repo-stats/shared/schedule';
import { needsServiceBus, readSettings } from '@github-repo-stats/shared/settings';

export type Config = ReturnType<typeof readConfig>;

/** Without any credential runs are started all the same, and none is estimated. */
const credentialsIfAny: typeof needsCredentials = (s) =>
  s.Github_Token === undefined && s.Github_Credentials === undefined ? undefined : needsCredentials(s);

/** @throws SettingsError naming everything that is wrong. */
export const readConfig = (env: Record<string, string | undefined>) =>
  readSettings(APP_SETTINGS.scheduler, env, [needsServiceBus, runScheduleRule, credentialsIfAny]);
