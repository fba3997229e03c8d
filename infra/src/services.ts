/** The function apps: their names, and the settings that each reads. */
import { APP_SETTINGS, type AppName } from '@github-repo-stats/shared/app-settings';
import type { SettingName } from '@github-repo-stats/shared/settings';

export type ServiceName = AppName;

/** By app, every setting that it reads. A test holds the apps equal to the folders of services/. */
export const SETTINGS_READ: Record<ServiceName, readonly SettingName[]> = APP_SETTINGS;

export const SERVICES = Object.keys(SETTINGS_READ) as ServiceName[];
