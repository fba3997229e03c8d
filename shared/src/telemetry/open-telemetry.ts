/** Switches telemetry on where Application Insights is named; elsewhere every span and record is nothing, and the SDK is not loaded. */

export interface Telemetry {
  /**
   * What the host is to know: it must not send the log lines of the app a second time.
   * https://github.com/Azure/azure-functions-host, RpcWorkerConstants
   */
  capabilities: { WorkerOpenTelemetryEnabled: true };
  /** Resolves when spans and records are taken; never rejects. */
  ready: Promise<void>;
  /** Sends what is waiting, for some seconds at most; never rejects. */
  close(): Promise<void>;
}

/** Names the setting that every app reads for it. */
export const TELEMETRY_SETTINGS = ['APPLICATIONINSIGHTS_CONNECTION_STRING'] as const;

/** The host ends a process some seconds after it asked it to stop. */
const CLOSE_MS = 2_000;

/**
 * @param app name of the app, which becomes AppRoleName.
 * @returns undefined when telemetry is off.
 */
export function openTelemetry(
  app: string,
  settings: { APPLICATIONINSIGHTS_CONNECTION_STRING?: string | undefined },
): Telemetry | undefined {
  const connectionString = settings.APPLICATIONINSIGHTS_CONNECTION_STRING;
  if (connectionString === undefined) return undefined;
  // In the bundle the import is done before anything comes in from outside: nothing is handled before it is ready.
  const opening = import('./azure-monitor.ts').then(({ openAzureMonitor }) =>
    openAzureMonitor(app, connectionString),
  );
  const ready = opening.then(
    () => undefined,
    // Never its message, which may quote the connection string.
    () => console.warn('Telemetry could not be switched on; the app works without it'),
  );
  const flushed = (): Promise<void> => opening.then((sdk) => sdk.close()).catch(() => undefined);
  return {
    capabilities: { WorkerOpenTelemetryEnabled: true },
    ready,
    async close() {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, CLOSE_MS);
      await Promise.race([flushed(), late.promise]);
      clearTimeout(timer);
    },
  };
}
