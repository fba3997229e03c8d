/**
 * What is rare of a repository, one document in container repos once something of it turned: under which names, archived or not, and
 * present or gone, since which run. It is merged, never overwritten: an older run that is collected again changes nothing that a newer
 * one has seen. Where it was seen first, many share a document: see first-sights.
 */
import * as z from 'zod';

/** A value and the run that first saw it; the oldest first, no two alike in a row. */
const timeline = <T extends z.ZodType>(value: T) => z.array(z.object({ is: value, runId: z.string() }));
type Timeline<T> = { is: T; runId: string }[];

/** Container repos, partition /id. */
export const KnownRepository = z.object({
  /** The node id, as document ids are spelled. */
  id: z.string(),
  repoId: z.string(),
  firstRunId: z.string(),
  names: timeline(z.string()),
  archived: timeline(z.boolean()),
  /** False since a run whose listing does not have it any more. */
  present: timeline(z.boolean()),
});
export type KnownRepository = z.infer<typeof KnownRepository>;

/** What one run tells of it: where it has it, its name and whether it is archived; or that it does not have it any more. */
export type Sight = { runId: string; repoId: string } & (
  { repo: string; isArchived: boolean } | { gone: true }
);

/** Turns that are kept of each: the latest ones, and the first. */
const MOST_TURNS = 50;

/** Document ids hold no slash; node ids of the old form are base64 of plain text, in which one never stands. */
export const knownRepositoryId = (repoId: string): string => repoId.replaceAll('/', '_');

/** The record with a sight merged in, or undefined when it says nothing new. */
export function mergeSight(now: KnownRepository | undefined, sight: Sight): KnownRepository | undefined {
  const { runId, repoId } = sight;
  const base = (now && strip(now)) ?? {
    id: knownRepositoryId(repoId),
    repoId,
    firstRunId: runId,
    names: [],
    archived: [],
    present: [],
  };
  const isEarlier = Number(runId) < Number(base.firstRunId);
  const next: KnownRepository = {
    ...base,
    firstRunId: isEarlier ? runId : base.firstRunId,
    ...('repo' in sight && {
      names: turned(base.names, sight.repo, runId),
      archived: turned(base.archived, sight.isArchived, runId),
    }),
    present: turned(base.present, !('gone' in sight), runId),
  };
  return now && JSON.stringify(next) === JSON.stringify(base) ? undefined : next;
}

/** Without what Cosmos DB adds. */
const strip = ({ id, repoId, firstRunId, names, archived, present }: KnownRepository): KnownRepository => ({
  id,
  repoId,
  firstRunId,
  names,
  archived,
  present,
});

/** A value at a run, put in its place; the same value before or after it stays one entry, of the earlier run. */
function turned<T>(line: Timeline<T>, is: T, runId: string): Timeline<T> {
  const others = line.filter((turn) => turn.runId !== runId);
  const sorted = [...others, { is, runId }].sort((a, b) => Number(a.runId) - Number(b.runId));
  const turns = sorted.filter((turn, i) => i === 0 || turn.is !== sorted[i - 1]!.is);
  return turns.length > MOST_TURNS ? [turns[0]!, ...turns.slice(1 - MOST_TURNS)] : turns;
}

/** The value that held in a run; undefined before the first. */
function heldAt<T>(line: Timeline<T>, runId: string): T | undefined {
  return line.findLast((turn) => Number(turn.runId) <= Number(runId))?.is;
}

/** The name under which a run has it, as far as is known. */
export const nameAt = ({ names }: Pick<KnownRepository, 'names'>, runId: string): string | undefined =>
  heldAt(names, runId) ?? names[0]?.is;
