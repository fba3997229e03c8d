/** What became of repositories in one run: new, gone, renamed, archived, hidden; first names and how many there are. */
import type { Overview } from '@github-repo-stats/reporter/contract';
import { link } from '../address.ts';
import { count, many } from '../words.ts';
import { RepositoryLink } from './repository-link.tsx';

type Events = NonNullable<Overview['events']>;

/** Kinds of which names are told, in words. */
export const KINDS = {
  new: 'New',
  gone: 'Gone',
  renamed: 'Renamed or transferred',
  archived: 'Archived',
  unarchived: 'Taken up again',
  hidden: 'No longer public',
  published: 'Made public',
} as const;

const PLAIN = ['new', 'gone', 'archived', 'unarchived', 'hidden', 'published'] as const;

export function WhatHappened({ of }: { of: Events }) {
  const kinds = PLAIN.filter((kind) => (of[kind]?.total ?? 0) > 0);
  const none = kinds.length === 0 && of.renamed.total === 0 && of.lostAccess.length === 0;
  return (
    <>
      {(of.new === null || of.gone === null) && (
        <p class="quiet">What is new or gone is not known: no source was listed in the run before as well.</p>
      )}
      {of.lostAccess.map(({ owner, gone, of: all }) => (
        <p class="problem" key={owner}>
          {count(gone)} of {many(all, 'repository', 'repositories')} of {owner} are gone at once: most likely
          access was lost.
        </p>
      ))}
      {none && <p>Nothing is new, gone, renamed or archived.</p>}
      <ul class="plain">
        {kinds.map((kind) => {
          const { total, first } = of[kind]!;
          return (
            <li key={kind}>
              <b>
                {KINDS[kind]}: <a href={link('events')}>{count(total)}</a>
              </b>{' '}
              <Names of={first} total={total} />
            </li>
          );
        })}
        {of.renamed.total > 0 && (
          <li>
            <b>
              {KINDS.renamed}: <a href={link('events')}>{count(of.renamed.total)}</a>
            </b>{' '}
            {of.renamed.first.map(({ from, to }, i) => (
              <span key={from}>
                {i > 0 && ', '}
                {from} → <RepositoryLink name={to} />
              </span>
            ))}
          </li>
        )}
      </ul>
    </>
  );
}

export function Names({ of, total }: { of: readonly string[]; total: number }) {
  return (
    <>
      {of.map((name, i) => (
        <span key={name}>
          {i > 0 && ', '}
          <RepositoryLink name={name} />
        </span>
      ))}
      {total > of.length && ` and ${count(total - of.length)} more`}
    </>
  );
}
