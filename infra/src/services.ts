/** The function apps: their names, and the settings that each reads, from their own config.ts. */
import type { SettingName } from '@github-repo-stats/shared/settings';
import { SETTING_NAMES as fetcher } from '../../services/fetcher/src/config.ts';
import { SETTING_NAMES as reporter } from '../../services/reporter/src/config.ts';
import { SETTING_NAMES as resolver } from '../../services/resolver/src/config.ts';
import { SETTING_NAMES as scheduler } from '../../services/scheduler/src/config.ts';
import { SETTING_NAMES as writer } from '../../services/writer/src/config.ts';

export type ServiceName = 'fetcher' | 'reporter' | 'resolver' | 'scheduler' | 'writer';

/** By app, every setting that it reads. A test holds the apps equal to the folders of services/. */
export const SETTINGS_READ: Record<ServiceName, readonly SettingName[]> = {
  fetcher,
  reporter,
  resolver,
  scheduler,
  writer,
};

export const SERVICES = Object.keys(SETTINGS_READ) as ServiceName[];
