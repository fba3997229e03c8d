// App settings: `%Name%` in binding values, connections by name, functions switched off.

export type Settings = Readonly<Record<string, string>>;

/** Replaces each `%Name%` by that setting; a name without a setting is reported and stays as it is. */
export function resolvePlaceholders(
  value: string,
  settings: Settings,
  report: (problem: string) => void,
): string {
  return value.replace(/%([^%]+)%/g, (placeholder, name: string) => {
    const found = settings[name];
    if (found === undefined || found === '') {
      report(`'${placeholder}' does not resolve to a value: set the app setting '${name}'.`);
      return placeholder;
    }
    return found;
  });
}

/**
 * The connection string behind a binding's `connection`. The name may be given with the prefix `AzureWebJobs`, as in Azure.
 * `identityKey` is the suffix with which Azure would use an identity; that is refused, since there is none here.
 */
export function resolveConnection(
  name: string,
  identityKey: 'fullyQualifiedNamespace' | 'accountEndpoint',
  settings: Settings,
  report: (problem: string) => void,
): string | undefined {
  const value = settings[`AzureWebJobs${name}`] ?? settings[name];
  if (value !== undefined && value !== '') return value;
  if (settings[`${name}__${identityKey}`] !== undefined) {
    report(
      `the connection '${name}' uses an identity ('${name}__${identityKey}'), which is not available locally: ` +
        `set '${name}' to a connection string.`,
    );
  } else {
    report(`the connection '${name}' is missing: set the app setting '${name}' to a connection string.`);
  }
  return undefined;
}

/** `AzureWebJobs.<function>.Disabled` = true or 1. */
export function isDisabled(functionName: string, settings: Settings): boolean {
  const value = settings[`AzureWebJobs.${functionName}.Disabled`];
  return value !== undefined && /^(true|1)$/i.test(value.trim());
}
