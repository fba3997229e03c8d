/** The settings of the writer. */
import { APP_SETTINGS } from '@github-repo-stats/shared/app-settings';
import { needsServiceBus, readSettings } from '@github-repo-stats/shared/settings';

export type Config = ReturnType<typeof readConfig>;

/** @throws SettingsError naming everything that is wrong. */
export const readConfig = (env: Record<string, string | undefined>) =>
  readSettings(APP_SETTINGS.writer, env, [needsServiceBus]);
