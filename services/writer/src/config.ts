/** The settings of the writer. */
import { COSMOS_SETTINGS } from '@github-repo-stats/shared/clients/cosmos';
import { SERVICE_BUS_SETTINGS } from '@github-repo-stats/shared/clients/service-bus';
import { needsServiceBus, readSettings } from '@github-repo-stats/shared/settings';
import { TELEMETRY_SETTINGS } from '@github-repo-stats/shared/telemetry/open-telemetry';

export const SETTING_NAMES = [
  ...COSMOS_SETTINGS,
  ...SERVICE_BUS_SETTINGS,
  'CosmosDB_ServerlessMode',
  'CosmosDB_ProvisionedThroughput',
  'CosmosDB_RU_NeededForEachWrite',
  'DurationScale',
  ...TELEMETRY_SETTINGS,
] as const;

export type Config = ReturnType<typeof readConfig>;

/** @throws SettingsError naming everything that is wrong. */
export const readConfig = (env: Record<string, string | undefined>) =>
  readSettings(SETTING_NAMES, env, [needsServiceBus]);
