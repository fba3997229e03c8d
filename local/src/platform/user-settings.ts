/** What the user set, in the environment or in local.settings.json, checked all at once before anything starts. */
import { SETTINGS, type SettingName } from '@github-repo-stats/shared/settings';
import { LOCAL_SETTINGS, type LocalSettingName, type LocalSettings } from './local-settings.ts';
import { readSettingsFile, type PlacedValue, type SettingsFile } from './settings-file.ts';
import { UserError } from './user-error.ts';

export interface UserSettings {
  /** By name; blank values count as not set. Values may be secret: never print one. */
  values: ReadonlyMap<string, PlacedValue>;
  /** Settings of the user that have no effect here, and why; for printing. */
  notes: string[];
  /** The embedded platform's own, with their defaults. */
  local: LocalSettings;
  /** GitHub is simulated unless there is a token or another credential. */
  simulated: boolean;
}

/** Always those of the embedded platform, whatever the user set. */
export const EMBEDDED = [
  'ServiceBusConnection',
  'ServiceBusConnection__fullyQualifiedNamespace',
  'CosmosDBConnection',
  'CosmosDB_Endpoint',
  'CosmosDB_PrimaryKey',
  'Archive_Url',
  'Archive_Key',
  // What runs here tells nothing elsewhere.
  'APPLICATIONINSIGHTS_CONNECTION_STRING',
] as const;
export const isEmbedded = (name: string): boolean => (EMBEDDED as readonly string[]).includes(name);

/** Settings of the host itself, by their beginning: they reach every app as they are. */
export const isHostSetting = (name: string): boolean =>
  /^(AzureFunctionsJobHost__|AzureWebJobs\.)/.test(name);

/** Written by the Azure Functions tools into every local.settings.json, and meaningless here. */
const OF_OTHER_TOOLS =
  /^(AzureWebJobs|FUNCTIONS_|WEBSITE_|APPLICATIONINSIGHTS_|APPINSIGHTS_|languageWorkers__)/;

const isSettingName = (name: string): name is SettingName => Object.hasOwn(SETTINGS, name);
const isLocalName = (name: string): name is LocalSettingName => Object.hasOwn(LOCAL_SETTINGS, name);
const isUsed = (name: string): boolean =>
  isSettingName(name) ||
  isLocalName(name) ||
  name === 'GITHUB_TOKEN' ||
  name === 'CosmosDBConnection' ||
  isHostSetting(name);

/** The environment wins over the file, name by name. */
function merge(env: Record<string, string | undefined>, file: SettingsFile): Map<string, PlacedValue> {
  const values = new Map(file.values);
  for (const [name, value] of Object.entries(env))
    if (value !== undefined && isUsed(name)) values.set(name, { value, place: 'environment' });
  for (const [name, { value }] of values) if (value.trim() === '') values.delete(name);
  const token = values.get('GITHUB_TOKEN');
  if (token && !values.has('Github_Token')) values.set('Github_Token', token);
  values.delete('GITHUB_TOKEN');
  return values;
}

/** Requirements between settings: what must be there when something else is. */
function missing(values: ReadonlyMap<string, PlacedValue>): string[] {
  const needs = (name: string, others: readonly string[], why: string): string[] => {
    const given = values.get(name);
    if (!given) return [];
    return others
      .filter((other) => !values.has(other))
      .map((other) => `${other}: is not set, ${why} (${name} is set in ${given.place})`);
  };
  return [
    ...(values.has('Github_Credentials')
      ? []
      : needs('Github_GraphqlUrl', ['Github_Token'], 'and without a token GitHub is simulated')),
    ...needs(
      'SendGrid_API_Key',
      ['SendGrid_VerifiedFromSenderEmail', 'SendGrid_ToEmail'],
      'but real mail needs it',
    ),
    ...needs('EventGridEndpoint', ['EventGridKey'], 'but a real topic needs it'),
  ];
}

function notesOn(values: ReadonlyMap<string, PlacedValue>): string[] {
  const notes: string[] = [];
  for (const [name, { place }] of values) {
    if (isEmbedded(name)) notes.push(`${name} (${place}) has no effect here: the embedded platform is used.`);
    else if (!isUsed(name) && !OF_OTHER_TOOLS.test(name))
      notes.push(`${name} (${place}) is not a setting that is known here.`);
  }
  return notes;
}

/**
 * @param env process.env
 * @param folder where local.settings.json may lie
 * @throws UserError with every problem and its place; never with a value.
 */
export function readUserSettings(env: Record<string, string | undefined>, folder: string): UserSettings {
  const file = readSettingsFile(folder);
  const values = merge(env, file);
  const problems = [...file.problems];
  const local: Partial<Record<LocalSettingName, unknown>> = {};
  for (const [name, schema] of Object.entries(LOCAL_SETTINGS)) {
    const parsed = schema.safeParse(values.get(name)?.value);
    if (parsed.success) local[name as LocalSettingName] = parsed.data;
  }
  for (const [name, { value, place }] of values) {
    const schema = isSettingName(name)
      ? SETTINGS[name]
      : isLocalName(name)
        ? LOCAL_SETTINGS[name]
        : undefined;
    const parsed = schema?.safeParse(value);
    if (parsed && !parsed.success)
      problems.push(...parsed.error.issues.map((issue) => `${name} (${place}): ${issue.message}`));
  }
  problems.push(...missing(values));
  if (problems.length > 0)
    throw new UserError(['Settings cannot be used:', ...problems.map((p) => `  - ${p}`)]);
  return {
    values,
    notes: notesOn(values),
    local: local as UserSettings['local'],
    simulated: !values.has('Github_Token') && !values.has('Github_Credentials'),
  };
}

/** A setting as the services read it: the user's, else its default. */
export const settingOf = <N extends SettingName>(
  name: N,
  { values }: Pick<UserSettings, 'values'>,
): ReturnType<(typeof SETTINGS)[N]['parse']> =>
  SETTINGS[name].parse(values.get(name)?.value) as ReturnType<(typeof SETTINGS)[N]['parse']>;
