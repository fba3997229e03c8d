/** Sends messages again: copies of what lies in a queue, and when that is little, of what has long been dealt with. */
import type { ServiceBusMessage } from '@azure/service-bus';
import { NO_COST } from '@github-repo-stats/shared/github/cost';
import { DEFAULT_CREDENTIAL, QUEUES, type QueueName } from '@github-repo-stats/shared/topology';
import {
  fetchEnvelope,
  resolveEnvelope,
  writeEnvelope,
  type Envelope,
} from '@github-repo-stats/shared/messages';
import { writeLanes } from '@github-repo-stats/shared/write-budget';
import type { Plan, RepoStats, Source } from '@github-repo-stats/shared/documents';
import { peekAll } from './peek.ts';
import { CREDENTIALS, type Stage } from './stage.ts';

/** @returns how many were sent. @param late seconds until the broker shows them. */
export async function repeat(stage: Stage, queue: QueueName, most: number, late: number): Promise<number> {
  const lying = await lyingIn(stage, queue, most);
  const messages = [...lying, ...(await dealtWith(stage, queue, most - lying.length))];
  if (messages.length === 0) return 0;
  await stage.serviceBus.use(async (client) => {
    const sender = client.createSender(QUEUES[queue].name);
    if (late > 0) await sender.scheduleMessages(messages, new Date(Date.now() + late * 1000));
    else await sender.sendMessages(messages);
    await sender.close();
  });
  return messages.length;
}

async function lyingIn(stage: Stage, queue: QueueName, most: number): Promise<ServiceBusMessage[]> {
  const peeked = await peekAll(stage.serviceBus, QUEUES[queue].name, {});
  return peeked.slice(0, most).map(({ body, sessionId, messageId, correlationId, subject, contentType }) => ({
    body: body as unknown,
    ...(sessionId !== undefined && { sessionId }),
    ...(messageId !== undefined && { messageId }),
    ...(correlationId !== undefined && { correlationId }),
    ...(subject !== undefined && { subject }),
    ...(contentType !== undefined && { contentType }),
  }));
}

/** As they were sent, made from the documents that they led to. */
async function dealtWith(stage: Stage, queue: QueueName, most: number): Promise<Envelope[]> {
  if (most <= 0) return [];
  const { pipeline, runId } = stage;
  const credential = stage.plan.credentials === 1 ? CREDENTIALS[0]! : DEFAULT_CREDENTIAL;
  switch (queue) {
    case 'resolve': {
      const sources = await pipeline.ofRun<Source>(runId, 'source');
      return sources
        .slice(0, most)
        .map(({ sourceId }) =>
          resolveEnvelope({ runId, sourceId, page: 1, attempt: 1, wait: 0 }, credential),
        );
    }
    case 'fetch': {
      const plans = await pipeline.ofRun<Plan>(runId, 'plan');
      return plans
        .flatMap((p) => p.batches)
        .slice(0, most)
        .map(({ batchId, repos }) =>
          fetchEnvelope({ runId, batchId, repos, attempt: 1, firstAttempt: 1, wait: 0 }, credential),
        );
    }
    case 'write': {
      const lanes = writeLanes(stage.plan.throughput === undefined);
      const stats = (await pipeline.stats(runId)).slice(0, most);
      return stats.map((document) => written(stage, document, lanes));
    }
  }
}

function written({ runId }: Stage, document: RepoStats, lanes: number): Envelope {
  const { batchId, attempt, repo: name } = document;
  const own = Object.fromEntries(Object.entries(document).filter(([key]) => !key.startsWith('_')));
  const stats = [{ name, document: own as RepoStats }];
  return writeEnvelope({ runId, batchId, attempt, wait: 0, stats, failures: [], cost: NO_COST }, lanes);
}
