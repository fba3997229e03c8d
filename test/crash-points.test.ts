/** Resolver, fetcher and writer are killed at exact places between two of their effects: the run still ends with exactly what is true. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { atBus, atCosmos, CrashSite, SOURCES, type Place } from './crash-point.ts';

let site: CrashSite;
beforeAll(async () => {
  site = await CrashSite.open();
});
afterAll(() => site.close());

const create = { operation: 'create' } as const;
const send = { operation: 'send' } as const;
const settle = { operation: 'settle' } as const;

const places: [app: string, where: string, place: Place][] = [
  ['resolver', 'before the plan', atCosmos('resolver', 'before', { ...create, id: 'plan.*' })],
  ['resolver', 'between plan and sends', atCosmos('resolver', 'after', { ...create, id: 'plan.*' })],
  [
    'resolver',
    'between its sends and the next page',
    atBus('resolver', 'after', { ...send, queue: 'fetch' }),
  ],
  // The first send to its queue is the scheduler's.
  [
    'resolver',
    'between the next page and the settlement',
    atBus('resolver', 'after', { ...send, queue: 'resolve', nth: 2 }),
  ],
  [
    'resolver',
    'before the settlement of the last page',
    atBus('resolver', 'before', { ...settle, queue: 'resolve', nth: 2 }),
  ],
  ['fetcher', 'before its send', atBus('fetcher', 'before', { ...send, queue: 'write' })],
  ['fetcher', 'after its send', atBus('fetcher', 'after', { ...send, queue: 'write' })],
  ['fetcher', 'before the settlement', atBus('fetcher', 'before', { ...settle, queue: 'fetch' })],
  [
    'writer',
    'between two documents',
    atCosmos('writer', 'after', { ...create, container: 'repo-stats', nth: 20 }),
  ],
  [
    'writer',
    'between the documents and the outcome',
    atCosmos('writer', 'before', { ...create, id: 'outcome.*' }),
  ],
  ['writer', 'after the outcome', atCosmos('writer', 'after', { ...create, id: 'outcome.*' })],
  ['writer', 'before the settlement', atBus('writer', 'before', { ...settle, queue: 'write' })],
];

it.each(places)('the %s dies %s', async (app, _where, place) => {
  const runId = await site.crash(app, place, () => site.pipeline.run(SOURCES));
  const { is, ought } = await site.endOf(runId);
  expect(is).toEqual(ought);
});

it('each of them really died', () => {
  expect(site.crashes.map(({ app }) => app)).toEqual(places.map(([app]) => app));
});
