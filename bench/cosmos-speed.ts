/** What the apps and their hosts do with Cosmos DB, by the real SDK. */
import type { OperationInput } from '@azure/cosmos';
import { openFeed, readPage } from '@github-repo-stats/local/function-host/cosmos-page';
import type { Containers } from '@github-repo-stats/local/platform/containers';
import { measureProgress } from '@github-repo-stats/shared/progress';
import { documentsOf } from '@github-repo-stats/shared/run-info';
import { writeLanes } from '@github-repo-stats/shared/write-budget';
import type { Operation } from './speed.ts';

const RUN = '1611127298';
/** At a time: as many as the writer has lanes in serverless mode. */
const PARALLEL = writeLanes(true);
/** The most that a request takes. */
const BULK = 100;
/** What a run begins with in one transaction: itself and its selection. */
const BATCH = 2;
/** Outcomes of a run: as many batches as 10,000 repositories have. */
const OUTCOMES = 154;
const NAMES = 65;
const FEED_PAGE = 100;

let made = 0;

/** A repository that there was not before. */
function stats() {
  const repo = `acme/repository-${++made}`;
  return {
    id: `${repo.replace('/', '.')}.${RUN}`,
    repo,
    isArchived: false,
    isTemplate: false,
    repoUpdatedAt: '2021-01-19T20:44:18Z',
    openIssues: 46,
    closedIssues: 455,
    totalIssues: 501,
    openPRs: 13,
    closedPRs: 150,
    mergedPRs: 598,
    totalPRs: 761,
    stars: 3378,
    runId: RUN,
    repoId: `R_kgDO${made}`,
    batchId: 'b-s00001-00001-1',
    attempt: 1,
    collectedAt: '2021-01-20T07:21:38Z',
    isFork: false,
    visibility: 'public',
    createdAt: '2010-01-19T20:44:18Z',
    pushedAt: '2021-01-19T20:44:18Z',
    forks: 1000,
    diskUsage: 12_000,
    language: 'Ruby',
    licence: 'MIT',
  };
}
export const DOCUMENT_BYTES = JSON.stringify(stats()).length;

const outcome = (n: number) => ({
  id: `outcome-${n}`,
  runId: RUN,
  type: 'outcome',
  created: NAMES,
  failed: 0,
  duplicate: 0,
  pending: 0,
  reopened: 0,
  entries: Object.fromEntries(
    Array.from({ length: NAMES }, (_, i) => [
      `acme/repository-${n}-${i}`,
      { state: 'created', attempt: 1, ru: 5.9 },
    ]),
  ),
});

/** @returns the operations, after what they look for was written. */
export async function cosmosOperations({ repoStats, runInfo }: Containers): Promise<Operation[]> {
  for (let n = 0; n < OUTCOMES; n++) await runInfo.items.create(outcome(n));
  const known = stats();
  let { etag } = await repoStats.items.create(known);
  const item = repoStats.item(known.id, known.repo);
  const [range] = await runInfo.getFeedRanges();
  const feed = (from: 'beginning' | 'now') => openFeed(runInfo, range!, from, null, FEED_PAGE);
  const end = await feed('now');
  return [
    {
      name: 'create, one after the other',
      once: async () => {
        await repoStats.items.create(stats());
        return 1;
      },
      atLeast: 600,
    },
    {
      name: `create, ${PARALLEL} side by side`,
      once: async () => {
        await Promise.all(Array.from({ length: PARALLEL }, () => repoStats.items.create(stats())));
        return PARALLEL;
      },
      atLeast: 1_200,
    },
    {
      name: `create, ${BULK} in bulk`,
      once: async () => {
        const operations = Array.from({ length: BULK }, (): OperationInput => {
          const document = stats();
          return { operationType: 'Create', partitionKey: document.repo, resourceBody: document };
        });
        const answers = await repoStats.items.bulk(operations);
        if (answers.some(({ statusCode }) => statusCode !== 201)) throw new Error('not all were created');
        return BULK;
      },
      atLeast: 6_000,
    },
    {
      name: `create ${BATCH} in a transaction`,
      once: async () => {
        const runId = `run-${++made}`;
        const operations = Array.from({ length: BATCH }, (_, n): OperationInput => ({
          operationType: 'Create',
          resourceBody: { ...outcome(n), runId },
        }));
        const { code } = await runInfo.items.batch(operations, runId);
        if (code !== 200) throw new Error(`the transaction ended with ${code}`);
        return 1;
      },
      atLeast: 300,
    },
    {
      name: 'read one',
      once: async () => {
        await item.read();
        return 1;
      },
      atLeast: 800,
    },
    {
      name: 'replace under if-match',
      once: async () => {
        ({ etag } = await item.replace(known, { accessCondition: { type: 'IfMatch', condition: etag } }));
        return 1;
      },
      atLeast: 700,
    },
    {
      name: `SELECT by type in one partition, ${OUTCOMES} documents`,
      once: async () => {
        for await (const _ of documentsOf(runInfo, RUN, `c.type = 'outcome'`));
        return 1;
      },
      atLeast: 30,
    },
    {
      name: `the progress of a run, three SELECT SUM over ${OUTCOMES} documents`,
      once: async () => {
        const { created } = await measureProgress(runInfo, RUN);
        if (created !== OUTCOMES * NAMES) throw new Error(`the sum is ${created}`);
        return 1;
      },
      atLeast: 50,
    },
    {
      name: `page of the change feed, ${FEED_PAGE} documents`,
      once: async () => {
        const { documents } = await readPage(await feed('beginning'));
        if (documents.length !== FEED_PAGE) throw new Error(`the page has ${documents.length} documents`);
        return 1;
      },
      atLeast: 50,
    },
    {
      name: 'look into the change feed when nothing is new',
      once: async () => {
        await readPage(end);
        return 1;
      },
      atLeast: 700,
    },
  ];
}
