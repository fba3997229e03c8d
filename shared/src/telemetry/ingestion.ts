/** How the exporter reaches Application Insights: by what its connection string says. */
import type { AzureMonitorExporterOptions } from '@azure/monitor-opentelemetry-exporter';
import { azureIdentity } from '../clients/identity.ts';

/** What is not sent is lost: after a few tries newer telemetry is worth more, and an app has no disk of its own. */
const RETRIES = { maxRetries: 2, retryDelayInMs: 500, maxRetryDelayInMs: 2_000 };

/** The part after `IngestionEndpoint=`, if there is one. */
const ingestionOf = (connectionString: string): string | undefined =>
  /(?:^|;)\s*IngestionEndpoint=([^;]*)/i.exec(connectionString)?.[1]?.trim().replace(/\/$/, '');

/**
 * Azure is signed in to with the app's identity. An address that begins with http:// is that of an embedded Application
 * Insights: the exporter would make it https://, and it takes no identity.
 */
export function exporterOptions(
  connectionString: string,
): AzureMonitorExporterOptions & { endpoint?: string } {
  const common = { connectionString, disableOfflineStorage: true, retryOptions: RETRIES };
  const ingestion = ingestionOf(connectionString);
  return ingestion?.startsWith('http://')
    ? { ...common, endpoint: `${ingestion}/v2.1`, allowInsecureConnection: true }
    : { ...common, credential: azureIdentity() };
}
