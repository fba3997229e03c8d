/** The Event Grid event that a run has ended. */
import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import { azureIdentity } from '@github-repo-stats/shared/clients/identity';
import type { Run } from '@github-repo-stats/shared/documents';
import { RUN_COMPLETED } from '@github-repo-stats/shared/topology';

/**
 * A CloudEvent: id runId.revision, so that subscribers can drop what they know.
 * @param alerts how many alerts the revision raised.
 */
export const runCompletedEvent = (run: Run, alerts: number) => ({
  type: RUN_COMPLETED,
  source: '/github-repo-stats/runs',
  subject: run.id,
  id: `${run.id}.${run.revision}`,
  time: new Date(run.endedAt ?? run.startedAt),
  dataContentType: 'application/json',
  data: {
    runInfoId: run.id,
    runInfoDate: run.date,
    status: run.status,
    revision: run.revision,
    totalReceived: run.totalReceived,
    totalProcessed: run.totalProcessed,
    totalCreatedCount: run.totalCreatedCount,
    totalFailedCount: run.totalFailedCount,
    alerts,
  },
});

/** @param key absent: managed identity. */
export function eventPublisher(
  endpoint: string,
  key: string | undefined,
): (run: Run, alerts: number) => Promise<void> {
  const options = { allowInsecureConnection: endpoint.startsWith('http://') };
  const client = key
    ? new EventGridPublisherClient(endpoint, 'CloudEvent', new AzureKeyCredential(key), options)
    : new EventGridPublisherClient(endpoint, 'CloudEvent', azureIdentity(), options);
  return (run, alerts) => client.send([runCompletedEvent(run, alerts)]);
}
