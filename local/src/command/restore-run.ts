/**
 * Puts the statistics of an archived run back into the database. Everything is looked at before anything is written. A document that is
 * there stays as it is, and expires no more; so a second time changes nothing.
 */
import type { Container } from '@azure/cosmos';
import type { Archived } from '@github-repo-stats/shared/archive/columns';
import { Manifest, folderOf, manifestPath, sha256 } from '@github-repo-stats/shared/archive/manifest';
import {
  addSums,
  documentsIn,
  readRows,
  sumsOf,
  type Sums,
} from '@github-repo-stats/shared/archive/read-part';
import type { Blobs } from '@github-repo-stats/shared/clients/blobs';
import {
  askedAgain,
  isDone,
  isOfContainer,
  isPutOff,
  outageOf,
} from '@github-repo-stats/shared/cosmos/answer';
import { gathered, type Answer } from '@github-repo-stats/shared/cosmos/gathered';
import { paidRequests, type AskAgain } from '@github-repo-stats/shared/cosmos/paid-request';
import type { RequestUnitPacer } from '@github-repo-stats/shared/cosmos/request-units';
import { mapLimit } from '@github-repo-stats/shared/map-limit';
import { UserError } from '../platform/user-error.ts';

export interface RestoreDeps {
  blobs: Pick<Blobs, 'read'>;
  repoStats: Container;
  pacer: RequestUnitPacer;
  sleep: (ms: number) => Promise<void>;
}

export interface Restored {
  rows: number;
  /** How many of them were there already. */
  there: number;
  requestUnits: number;
}

/** In flight at a time: two bulk requests. */
const TOGETHER = 200;
/** Never, whatever it was. */
const NO_TTL = -1;

/** @throws UserError when the archive does not have the run, or not whole. */
export async function restoreRun(
  runId: string,
  { blobs, repoStats, pacer, sleep }: RestoreDeps,
): Promise<Restored> {
  const manifest = await manifestOf(runId, blobs);
  let sums: Sums = sumsOf([]);
  for (const part of manifest.parts) sums = addSums(sums, sumsOf(await rowsOf(runId, part, blobs)));
  const wrong = Object.entries(sums).filter(([column, sum]) => manifest.sums[column] !== sum);
  if (wrong.length > 0)
    throw damaged(runId, `its sums of ${wrong.map(([column]) => column).join(', ')} differ`);

  const writes = gathered(repoStats, { keepsWritten: false });
  const requests = paidRequests({ pacer, sleep });
  const create = async (document: Archived): Promise<boolean> => {
    const id = String(document['id']);
    const created = await requests.send('write', async () =>
      reply(
        await writes.send({
          operationType: 'Create',
          partitionKey: document.repo,
          resourceBody: document as Record<string, string>,
        }),
        409,
      ),
    );
    if (created.kind === 'done') return true;
    const resourceBody = { operations: [{ op: 'set' as const, path: '/ttl', value: NO_TTL }] };
    const kept = await requests.send('write', async () =>
      reply(
        await writes.send({ operationType: 'Patch', id, partitionKey: document.repo, resourceBody }),
        404,
      ),
    );
    // It expired between the two.
    return kept.kind === 'other' ? create(document) : false;
  };
  let there = 0;
  for (const part of manifest.parts) {
    const documents = documentsIn(await rowsOf(runId, part, blobs));
    const created = await mapLimit(documents, TOGETHER, create);
    there += created.filter((isNew) => !isNew).length;
  }
  return { rows: manifest.rows, there, requestUnits: requests.ru() };
}

const damaged = (runId: string, why: string): UserError =>
  new UserError([`The archive of run ${runId} is damaged, and nothing was restored: ${why}.`]);

async function manifestOf(runId: string, blobs: RestoreDeps['blobs']): Promise<Manifest> {
  const bytes = await blobs.read(manifestPath(runId));
  if (!bytes) throw new UserError([`Run ${runId} is not archived: there is no ${manifestPath(runId)}.`]);
  const parsed = Manifest.safeParse(json(bytes));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw damaged(runId, `its manifest: ${issue?.path.join('.') || 'all of it'}: ${issue?.message}`);
}

const json = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
};

async function rowsOf(runId: string, part: Manifest['parts'][number], blobs: RestoreDeps['blobs']) {
  const bytes = await blobs.read(folderOf(runId) + part.name);
  if (!bytes) throw damaged(runId, `${part.name} is not there`);
  if (sha256(bytes) !== part.sha256) throw damaged(runId, `${part.name} is not what its manifest says`);
  return readRows(bytes);
}

/** @param other the status that says that it is otherwise with the document than was thought. */
function reply(answer: Answer, other: number): { kind: 'done' | 'other'; ru: number } | AskAgain {
  if (isDone(answer)) return { kind: 'done', ru: answer.ru };
  if (answer.status === other && !isOfContainer(answer)) return { kind: 'other', ru: answer.ru };
  if (isPutOff(answer)) return askedAgain(answer);
  throw outageOf(answer);
}
