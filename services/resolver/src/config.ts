/** The settings of the resolver. */
import { APP_SETTINGS } from '@github-repo-stats/shared/app-settings';
import { needsCredentials } from '@github-repo-stats/shared/github/credentials';
import { needsServiceBus, readSettings } from '@github-repo-stats/shared/settings';

export type Config = ReturnType<typeof readConfig>;

/** @throws SettingsError naming everything that is wrong. */
export const readConfig = (env: Record<string, string | undefined>) =>
  readSettings(APP_SETTINGS.resolver, env, [needsServiceBus, needsCredentials]);
