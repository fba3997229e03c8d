/** Grouped writes: one transaction for a turn, and only the write at fault fails. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { conflict } from './cosmos-error.ts';
import { GroupCommit } from './group-commit.ts';
import { openStore, type Store } from './store.ts';

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cosmos-group-'));
  store = openStore(join(folder, 'cosmos.db'));
  store.sqlite.exec('CREATE TABLE written(n INTEGER PRIMARY KEY)');
});
afterEach(async () => {
  store.close();
  await rm(folder, { recursive: true, force: true });
});

const write = (n: number) => store.sqlite.prepare('INSERT INTO written VALUES(?)').run(n);
const written = () =>
  store.sqlite
    .prepare('SELECT n FROM written ORDER BY n')
    .all()
    .map(({ n }) => n);

test('writes of one turn share a transaction, and one that is refused leaves the others alone', async () => {
  let transactions = 0;
  const group = new GroupCommit({
    ...store,
    transaction(work) {
      transactions++;
      return store.transaction(work);
    },
  });
  const outcomes = await Promise.allSettled([
    group.run(() => write(1)),
    group.run(() => {
      throw conflict();
    }),
    group.run(() => write(3)),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(transactions).toBe(1);
  expect(written()).toEqual([1, 3]);
});

test('a write that fails in an unforeseen way fails alone', async () => {
  const group = new GroupCommit(store);
  const outcomes = await Promise.allSettled([
    group.run(() => write(1)),
    group.run(() => {
      write(2);
      throw new TypeError('unforeseen');
    }),
    group.run(() => write(3)),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(written()).toEqual([1, 3]);
});
