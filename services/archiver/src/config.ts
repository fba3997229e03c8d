/** The settings of the archiver. */
import { APP_SETTINGS } from '@github-repo-stats/shared/app-settings';
import { needsServiceBus, readSettings, type SettingsRule } from '@github-repo-stats/shared/settings';

export type Config = ReturnType<typeof readConfig>;

const needsContainer: SettingsRule<{ Archive_Url?: string | undefined }> = ({ Archive_Url: url }) => {
  if (url === undefined) return 'Archive_Url: is not set';
  const isContainer = !URL.canParse(url) || new URL(url).pathname.split('/').filter(Boolean).length > 0;
  return isContainer ? undefined : 'Archive_Url: names no container';
};

/** @throws SettingsError naming everything that is wrong. */
export const readConfig = (env: Record<string, string | undefined>) =>
  readSettings(APP_SETTINGS.archiver, env, [needsServiceBus, needsContainer]);
