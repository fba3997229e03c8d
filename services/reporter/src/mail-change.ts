/** What a mail says of change: what rose and fell, the largest organisations, what is new, gone, renamed or turned. */
import { ownerOf } from '@github-repo-stats/shared/ids';
import type { Window } from '@github-repo-stats/shared/trend';
import type { ListItem, Section, TableRow } from './mail-content.ts';
import { beginOf, count, signed, someOf, utc } from './mail-words.ts';
import type { Events, Mover, SomeOf, Summary } from './summary.ts';

const MOVERS = 5;
const ORGS = 10;
const NAMES = 5;

/** 7 days; when there is no run of 7 days before, the shortest that there is. */
const PREFERRED: readonly Window[] = ['d7', 'previous', 'd30'];

/** The window in which a mail tells change; undefined when nothing can be compared. */
export const windowOf = ({ change }: Pick<Summary, 'change'>): Window | undefined =>
  PREFERRED.find((window) => change?.[window]);

/** `in 7 days`, or since when the run before was. */
export function spanOf(window: Window, { compareTo }: Pick<Summary, 'compareTo'>): string {
  if (window !== 'previous') return window === 'd7' ? 'in 7 days' : 'in 30 days';
  const then = compareTo.previous;
  return then === null || then === undefined
    ? 'since the run before'
    : `since the run of ${utc(beginOf(then))}`;
}

const table = (title: string, columns: TableRow, rows: TableRow[]): Section[] =>
  rows.length > 0 ? [{ title, part: { kind: 'table', columns, rows } }] : [];

export function moversOf(summary: Summary): Section[] {
  const window = windowOf(summary);
  if (!window || !summary.movers) return [];
  const { up, down } = summary.movers.stars[window];
  const span = spanOf(window, summary);
  const rows = (movers: readonly Mover[]): TableRow[] =>
    movers.slice(0, MOVERS).map(({ repo, now, by }) => [repo, count(now), signed(by)]);
  const columns: TableRow = ['Repository', 'Stars', 'Change'];
  return [
    ...table(`Most stars gained ${span}`, columns, rows(up)),
    ...table(`Most stars lost ${span}`, columns, rows(down)),
  ];
}

export function orgsOf(summary: Summary): Section[] {
  const window = windowOf(summary);
  const more = summary.orgsTotal > ORGS ? `: the largest ${ORGS} of ${count(summary.orgsTotal)}` : '';
  const span = window ? `, change ${spanOf(window, summary)}` : '';
  const rows = summary.orgs.slice(0, ORGS).map(({ owner, totals, change }): TableRow => {
    const since = window && change[window];
    const by = since ? ` (${signed(since.stars)})` : '';
    return [owner, count(totals.repositories), `${count(totals.stars)}${by}`];
  });
  return table(`Organisations${more}${span}`, ['Owner', 'Repositories', 'Stars'], rows);
}

/** What became of repositories since the run before. */
export function eventsOf({ events }: Pick<Summary, 'events'>): Section[] {
  const { renamed } = events;
  const pairs = renamed.first.map(({ from, to }) => ({ from, to, moved: ownerOf(from) !== ownerOf(to) }));
  const names = (list: SomeOf<string> | null): SomeOf<string> | undefined => list ?? undefined;
  const items = [
    ...named('New', names(events.new)),
    ...named('Gone', names(events.gone)),
    ...events.lostAccess.slice(0, NAMES).map(({ owner, gone, of }): ListItem => ({
      what: `Access lost, most likely: ${owner}`,
      under: [`${count(gone)} of ${count(of)} repositories are gone at once.`],
    })),
    ...named(pairs.some(({ moved }) => moved) ? 'Renamed or transferred' : 'Renamed', {
      total: renamed.total,
      first: pairs.map(({ from, to }) => `${from} is now ${to}`),
    }),
    ...TURN_WORDS.flatMap(([turn, words]) => named(words, names(events[turn]))),
  ];
  return items.length > 0
    ? [{ title: 'Since the run before', part: { kind: 'list', items, total: items.length } }]
    : [];
}

const TURN_WORDS: readonly (readonly [
  keyof Events & ('archived' | 'unarchived' | 'hidden' | 'published'),
  string,
])[] = [
  ['archived', 'Archived'],
  ['unarchived', 'Taken up again'],
  ['hidden', 'Made private'],
  ['published', 'Made public'],
];

const named = (what: string, list: SomeOf<string> | undefined): ListItem[] =>
  list && list.total > 0
    ? [{ what: `${what}: ${count(list.total)}`, under: [someOf(list.first.slice(0, NAMES), list.total)] }]
    : [];
