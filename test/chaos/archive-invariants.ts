/** What must hold of the archive: the last revision has its mark, and what lies there is what the database holds. */
import { isDeepStrictEqual } from 'node:util';
import { withoutSystem, type Archived } from '@github-repo-stats/shared/archive/columns';
import type { Evidence } from './evidence.ts';

function isMarked({ run, marks }: Evidence): string[] {
  const mark = marks.find(({ revision }) => revision === run.revision);
  if (!mark) return [`revision ${run.revision} has no mark of the archive`];
  return mark.rows === run.totalCreatedCount
    ? []
    : [`the mark of the archive has ${mark.rows} rows, the run ${run.totalCreatedCount} created`];
}

function archivedIsStored({ run, archived, stats }: Evidence): string[] {
  if (typeof archived === 'string') return [`the archive cannot be read: ${archived}`];
  const { manifest, documents } = archived;
  const is = new Map(documents.map((document) => [document.id as string, document]));
  const should = new Map(
    stats.map((document): [string, Archived] => [document.id, withoutSystem({ ...document })]),
  );
  return [
    ...(manifest.revision === run.revision
      ? []
      : [`the manifest is of revision ${manifest.revision}, the run of ${run.revision}`]),
    ...(documents.length > is.size ? [`${documents.length - is.size} documents are archived twice`] : []),
    ...[...should.keys()].filter((id) => !is.has(id)).map((id) => `${id} is stored and not archived`),
    ...[...is.keys()].filter((id) => !should.has(id)).map((id) => `${id} is archived and not stored`),
    ...[...is]
      .filter(
        ([id, document]) => should.has(id) && !isDeepStrictEqual({ ...document }, { ...should.get(id) }),
      )
      .map(([id]) => `${id} is archived otherwise than it is stored`),
  ];
}

export const ARCHIVE_CHECKS = [isMarked, archivedIsStored];
