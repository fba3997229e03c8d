/**
 * The rows of one batch outside of V8's heap, which is small on purpose: some 230 bytes a repository, of which pages of tables
 * are read as often as they are asked for.
 */
import type { Rows } from '@github-repo-stats/shared/rows';
import { METRICS, WINDOWS, type Window } from '@github-repo-stats/shared/trend';
import type { RepositoryRow } from './contract.ts';

const COUNTS = ['stars', 'forks', 'openIssues', 'closedIssues', 'openPRs', 'closedPRs', 'mergedPRs'] as const;
const CHANGES = METRICS.flatMap((metric) => WINDOWS.map((window) => `${metric}.${window}` as const));
/** What a number stands for in every row, in this order. Null is NaN. */
const COLUMNS = [
  ...COUNTS,
  'pushedAt',
  'collectedAt',
  ...CHANGES,
  'flags',
  'visibility',
  'language',
  'nameEnd',
] as const;
type Column = (typeof COLUMNS)[number];
/** Columns that tables are sorted by. */
export type NumberColumn = Exclude<Column, 'flags' | 'visibility' | 'language' | 'nameEnd' | 'collectedAt'>;
const PLACE = Object.fromEntries(COLUMNS.map((name, i) => [name, i])) as Record<Column, number>;

/** As the rows of documents spell it: see rows.ts. */
const FLAGS = { isArchived: 1, isTemplate: 2, isFork: 4 } as const;

/** Words that come again and again, by number. */
class Words {
  readonly #numbers = new Map<string, number>();
  readonly #words: string[] = [];

  numberOf(word: string | null): number {
    if (word === null) return NaN;
    let number = this.#numbers.get(word);
    if (number === undefined) {
      number = this.#words.push(word) - 1;
      this.#numbers.set(word, number);
    }
    return number;
  }

  wordOf(number: number): string | null {
    return this.#words[number] ?? null;
  }
}
/** Languages and visibilities: some hundreds of words, however many repositories there are. */
const words = new Words();

const orNaN = (value: number | null | undefined): number => value ?? NaN;
const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
const timeOf = (seconds: number): string => new Date(seconds * 1000).toISOString();

export class PackedRows {
  readonly count: number;
  readonly bytes: number;
  readonly #numbers: Float64Array;
  readonly #names: Buffer;

  constructor({ columns }: Pick<Rows, 'columns'>) {
    this.count = columns.repo.length;
    this.#names = Buffer.from(columns.repo.join(''), 'latin1');
    this.#numbers = new Float64Array(COLUMNS.length * this.count);
    const put = (column: Column, of: (i: number) => number): void => {
      const at = PLACE[column] * this.count;
      for (let i = 0; i < this.count; i++) this.#numbers[at + i] = of(i);
    };
    for (const name of COUNTS) put(name, (i) => columns[name][i]!);
    put('pushedAt', (i) => orNaN(columns.pushedAt[i]));
    put('collectedAt', (i) => columns.collectedAt[i]!);
    for (const metric of METRICS)
      for (const window of WINDOWS)
        put(`${metric}.${window}`, (i) => orNaN(columns.change[window]?.[metric][i]));
    put('flags', (i) => columns.flags[i]!);
    put('visibility', (i) => words.numberOf(columns.visibility[i]!));
    put('language', (i) => words.numberOf(columns.language[i]!));
    let end = 0;
    put('nameEnd', (i) => (end += columns.repo[i]!.length));
    this.bytes = this.#numbers.byteLength + this.#names.byteLength;
  }

  repo(i: number): string {
    return this.#names.toString('latin1', i === 0 ? 0 : this.#at('nameEnd', i - 1), this.#at('nameEnd', i));
  }

  /** NaN: not known. */
  number(column: NumberColumn, i: number): number {
    return this.#at(column, i);
  }

  isArchived(i: number): boolean {
    return (this.#at('flags', i) & FLAGS.isArchived) !== 0;
  }

  language(i: number): string | null {
    return words.wordOf(this.#at('language', i));
  }

  row(i: number): RepositoryRow {
    const flags = this.#at('flags', i);
    const pushedAt = this.#at('pushedAt', i);
    return {
      repo: this.repo(i),
      ...(Object.fromEntries(COUNTS.map((name) => [name, this.#at(name, i)])) as Pick<
        RepositoryRow,
        (typeof COUNTS)[number]
      >),
      isArchived: (flags & FLAGS.isArchived) !== 0,
      isTemplate: (flags & FLAGS.isTemplate) !== 0,
      isFork: (flags & FLAGS.isFork) !== 0,
      visibility: words.wordOf(this.#at('visibility', i)) ?? '',
      language: this.language(i),
      pushedAt: Number.isNaN(pushedAt) ? null : timeOf(pushedAt),
      collectedAt: timeOf(this.#at('collectedAt', i)),
      change: Object.fromEntries(WINDOWS.map((w) => [w, this.#change(w, i)])) as RepositoryRow['change'],
    };
  }

  #change(window: Window, i: number): RepositoryRow['change'][Window] {
    const changes = METRICS.map((metric) => [metric, orNull(this.#at(`${metric}.${window}`, i))] as const);
    if (changes.every(([, by]) => by === null)) return null;
    return Object.fromEntries(changes) as RepositoryRow['change'][Window];
  }

  #at(column: Column, i: number): number {
    return this.#numbers[PLACE[column] * this.count + i]!;
  }
}
