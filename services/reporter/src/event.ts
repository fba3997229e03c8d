/** The Event Grid event that a run has ended. */
import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import { azureIdentity } from '@github-repo-stats/shared/clients/identity';
import type { Run } from '@github-repo-stats/shared/documents';
import { RUN_COMPLETED } from '@github-repo-stats/shared/topology';

/** `quality` is left out when nothing was checked. */
export interface ToldByEvent {
  alerts: number;
  quality?: 'passed' | 'warned' | 'failed';
}

/**
 * A CloudEvent: id runId.revision, so that subscribers can drop what they know.
 * @param told how many alerts the revision raised, and the worst of the checks of its numbers.
 */
export const runCompletedEvent = (run: Run, { alerts, quality }: ToldByEvent) => ({
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
    ...(quality !== undefined && { quality }),
  },
});

/** @param key absent: managed identity. */
export function eventPublisher(
  endpoint: string,
  key: string | undefined,
): (run: Run, told: ToldByEvent) => Promise<void> {
  const options = { allowInsecureConnection: endpoint.startsWith('http://') };
  const client = key
    ? new EventGridPublisherClient(endpoint, 'CloudEvent', new AzureKeyCredential(key), options)
    : new EventGridPublisherClient(endpoint, 'CloudEvent', azureIdentity(), options);
  return (run, told) => client.send([runCompletedEvent(run, told)]);
}
