/** The settings of the scheduler. */
import { COSMOS_SETTINGS } from '@github-repo-stats/shared/clients/cosmos';
import { SERVICE_BUS_SETTINGS } from '@github-repo-stats/shared/clients/service-bus';
import { GITHUB_SETTINGS, needsCredentials } from '@github-repo-stats/shared/github/credentials';
import { needsServiceBus, readSettings, type SettingsRule } from '@github-repo-stats/shared/settings';
import { TELEMETRY_SETTINGS } from '@github-repo-stats/shared/telemetry/open-telemetry';
import { scheduleProblem } from './schedule.ts';

export const SETTING_NAMES = [
  ...COSMOS_SETTINGS,
  ...SERVICE_BUS_SETTINGS,
  'RunSchedule',
  // For estimates alone: what resolver, fetcher and writer are given.
  ...GITHUB_SETTINGS,
  'NumberOfReposToQueryPerCall',
  'CosmosDB_ServerlessMode',
  'CosmosDB_ProvisionedThroughput',
  'CosmosDB_RU_NeededForEachWrite',
  'DurationScale',
  ...TELEMETRY_SETTINGS,
] as const;

export type Config = ReturnType<typeof readConfig>;

const scheduleRule: SettingsRule<{ RunSchedule: string }> = (s) => scheduleProblem(s.RunSchedule);

/** Without any credential runs are started all the same, and none is estimated. */
const credentialsIfAny: typeof needsCredentials = (s) =>
  s.Github_Token === undefined && s.Github_Credentials === undefined ? undefined : needsCredentials(s);

/** @throws SettingsError naming everything that is wrong. */
export const readConfig = (env: Record<string, string | undefined>) =>
  readSettings(SETTING_NAMES, env, [needsServiceBus, scheduleRule, credentialsIfAny]);
