/** The Event Grid event that the results of a run are there: what continues from them begins with it. */
import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import { azureIdentity } from '@github-repo-stats/shared/clients/identity';
import { ANALYSIS_COMPLETED } from '@github-repo-stats/shared/topology';
import type { AnalysisCompleted } from './after-run.ts';

/** A CloudEvent: id runId.revision, so that subscribers can drop what they know. */
export const analysisCompletedEvent = ({ runId, revision, results }: AnalysisCompleted) => ({
  type: ANALYSIS_COMPLETED,
  source: '/github-repo-stats/analysis',
  subject: runId,
  id: `${runId}.${revision}`,
  dataContentType: 'application/json',
  data: { runInfoId: runId, revision, results },
});

/** @param key absent: managed identity, or who is signed in. */
export function analysisPublisher(
  endpoint: string,
  key: string | undefined,
): (completed: AnalysisCompleted) => Promise<void> {
  const options = { allowInsecureConnection: endpoint.startsWith('http://') };
  const client = key
    ? new EventGridPublisherClient(endpoint, 'CloudEvent', new AzureKeyCredential(key), options)
    : new EventGridPublisherClient(endpoint, 'CloudEvent', azureIdentity(), options);
  return (completed) => client.send([analysisCompletedEvent(completed)]);
}
