import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { truthOf } from './truth.ts';
import type { WorldOptions } from './world-plan.ts';
import { WorldError } from './world-error.ts';
import { createWorld, type World } from './world.ts';

const options: WorldOptions = {
  seed: 11,
  repositories: 5000,
  owners: [{ login: 'Microsoft' }, { login: 'azure' }, { login: 'google' }],
  individual: ['octokit/octokit.rb', 'torvalds/linux'],
  named: ['microsoft/FluidExamples', 'Microsoft/maro', 'azure/API'],
};
const rows = (world: World) => [...truthOf(world)];
const names = (world: World) => rows(world).map(({ repo }) => repo);

describe('a new world', () => {
  test('is the same for the same seed, and another for another', () => {
    expect(rows(createWorld(options))).toEqual(rows(createWorld(options)));
    const other = rows(createWorld({ ...options, seed: 12 }));
    const same = rows(createWorld(options)).filter(({ stars }, i) => stars > 0 && stars === other[i]?.stars);
    expect(same.length).toBeLessThan(1000);
  });

  test('has as many repositories as asked for, the largest owner first', () => {
    const world = createWorld(options);
    expect(rows(world)).toHaveLength(5000);
    const sizes = world.owners.map((owner) => world.slotsOf(owner).length);
    expect(sizes.slice(0, 3)).toEqual(sizes.slice(0, 3).toSorted((a, b) => b - a));
    expect(sizes.slice(3)).toEqual([1, 1]);
  });

  test('is enlarged for what is named, and never has a name twice', () => {
    const named = Array.from({ length: 300 }, (_, i) => `acme/repo-${i}`);
    const world = createWorld({ ...options, repositories: 10, individual: named });
    expect(rows(world)).toHaveLength(303);
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 400 }), (seed, repositories) => {
        const all = names(createWorld({ ...options, seed, repositories })).map((name) => name.toLowerCase());
        expect(new Set(all).size).toBe(all.length);
      }),
      { numRuns: 20 },
    );
  });

  test('keeps the case in which repositories and owners were named', () => {
    const all = names(createWorld(options));
    expect(all).toEqual(
      expect.arrayContaining([
        'Microsoft/FluidExamples',
        'Microsoft/maro',
        'azure/API',
        'octokit/octokit.rb',
      ]),
    );
    expect(all.filter((name) => name.toLowerCase() === 'azure/api')).toEqual(['azure/API']);
  });

  test('finds every repository by name in any case and by database id', () => {
    const world = createWorld(options);
    for (const slot of world.slots()) {
      const { owner, name, databaseId } = world.describe(slot);
      expect(world.find(owner.login.toUpperCase(), name.toLowerCase())).toBe(slot);
      expect(world.slotOfDatabaseId(databaseId)).toBe(slot);
      expect(world.slotOfDatabaseId(databaseId + 1)).not.toBe(slot);
    }
  });

  test('orders an owner by creation and by database id alike', () => {
    const world = createWorld(options);
    for (const owner of world.owners) {
      const all = Array.from(world.slotsOf(owner), (slot) => world.describe(slot));
      expect(all).toEqual(all.toSorted((a, b) => a.databaseId - b.databaseId));
      const created = all.map(({ createdAt }) => createdAt);
      expect(created).toEqual(created.toSorted());
    }
  });

  test('gives what nobody named to the owners of single repositories when there are no others', () => {
    const world = createWorld({ seed: 1, repositories: 40, owners: [], individual: ['a/x', 'b/y'] });
    expect(world.owners.map((owner) => world.slotsOf(owner).length).reduce((a, b) => a + b)).toBe(40);
    expect(() => createWorld({ seed: 1, repositories: 1, owners: [], individual: [] })).toThrow(
      'needs an owner',
    );
    expect(() => createWorld({ ...options, individual: ['a/b/c'] })).toThrow('not owner/name: a/b/c');
  });

  test('looks like public GitHub: most repositories are small, a few are very large', () => {
    const all = rows(createWorld({ ...options, repositories: 30_000 }));
    const share = (pick: (row: (typeof all)[number]) => boolean) => all.filter(pick).length / all.length;
    expect(share((row) => row.stars < 10)).toBeGreaterThan(0.6);
    expect(Math.max(...all.map(({ stars }) => stars))).toBeGreaterThan(10_000);
    expect(Math.max(...all.map(({ totalIssues }) => totalIssues))).toBeGreaterThan(1000);
    for (const flag of ['isArchived', 'isTemplate', 'isFork'] as const) {
      expect(share((row) => row[flag])).toBeGreaterThan(0.01);
      expect(share((row) => row[flag])).toBeLessThan(0.3);
    }
    expect(share((row) => row.language === null)).toBeGreaterThan(0.02);
    expect(share((row) => row.licence === null)).toBeGreaterThan(0.1);
    for (const row of all) {
      const counts = [row.openIssues, row.closedIssues, row.openPRs, row.closedPRs, row.mergedPRs, row.stars];
      expect([...counts, row.forks, row.diskUsage].every((n) => Number.isInteger(n) && n >= 0)).toBe(true);
      expect(row.createdAt <= row.pushedAt && row.pushedAt <= row.repoUpdatedAt).toBe(true);
      expect(row.repoUpdatedAt <= '2026-08-01T00:00:00Z').toBe(true);
    }
  });
});

describe('events', () => {
  const factsOf = (world: World, owner: string, name: string) =>
    world.describe(world.find(owner, name) ?? -1);

  test('a renamed repository keeps its id and its numbers, and its old name leads to it', () => {
    const world = createWorld(options);
    const before = factsOf(world, 'torvalds', 'linux');
    world.rename('Torvalds/Linux', 'kernel');
    const after = factsOf(world, 'torvalds', 'LINUX');
    expect(after).toMatchObject({ name: 'kernel', databaseId: before.databaseId, stars: before.stars });
    expect(after.updatedAt > before.updatedAt).toBe(true);
    expect(world.find('torvalds', 'linux', false)).toBeUndefined();
    expect(names(world)).toContain('torvalds/kernel');
  });

  test('a new repository takes over a name that another one left', () => {
    const world = createWorld(options);
    const old = world.find('torvalds', 'linux');
    world.rename('torvalds/linux', 'kernel');
    world.add('torvalds', { name: 'Linux', stars: 3 });
    expect(world.find('torvalds', 'linux')).not.toBe(old);
    expect(factsOf(world, 'torvalds', 'linux')).toMatchObject({ name: 'Linux', stars: 3 });
    world.delete('torvalds/Linux');
    expect(world.find('torvalds', 'linux')).toBeUndefined();
  });

  test('a transferred repository is listed by its new owner, in order', () => {
    const world = createWorld(options);
    const slot = world.find('azure', 'api') ?? -1;
    world.transfer('azure/api', 'google');
    expect(world.find('azure', 'api')).toBe(slot);
    expect(factsOf(world, 'google', 'api').owner.login).toBe('google');
    const google = world.findOwner('GOOGLE');
    const slots = google ? Array.from(world.slotsOf(google)) : [];
    expect(slots).toContain(slot);
    expect(slots).toEqual(slots.toSorted((a, b) => a - b));
  });

  test('a deleted repository is gone by every way, and its truth with it', () => {
    const world = createWorld(options);
    const { databaseId } = factsOf(world, 'octokit', 'octokit.rb');
    world.delete('octokit/octokit.rb');
    expect(world.find('octokit', 'octokit.rb')).toBeUndefined();
    expect(world.slotOfDatabaseId(databaseId)).toBeUndefined();
    expect(rows(world)).toHaveLength(4999);
  });

  test('an added repository is the youngest', () => {
    const world = createWorld(options);
    world.add('azure', { name: 'brand-new' });
    world.add('azure', { name: 'newer-still' });
    const last = rows(world).slice(-3);
    expect(last.map(({ repo }) => repo).slice(1)).toEqual(['azure/brand-new', 'azure/newer-still']);
    expect(last.map(({ createdAt }) => createdAt)).toEqual(last.map(({ createdAt }) => createdAt).toSorted());
    const { databaseId, slot } = factsOf(world, 'azure', 'newer-still');
    expect(world.slotOfDatabaseId(databaseId)).toBe(slot);
  });

  test('archiving, hiding and changing show in the truth', () => {
    const world = createWorld(options);
    world.archive('azure/api');
    world.makePrivate('azure/api');
    world.change('azure/api', { stars: 77, openIssues: 5, closedIssues: 6 });
    const row = rows(world).find(({ repo }) => repo === 'azure/API');
    expect(row).toMatchObject({ isArchived: true, visibility: 'PRIVATE', stars: 77, totalIssues: 11 });
  });

  test('what cannot happen is refused by name', () => {
    const world = createWorld(options);
    expect(() => world.rename('azure/nothing', 'x')).toThrow(
      new WorldError('there is no repository azure/nothing'),
    );
    expect(() => world.add('nobody', { name: 'x' })).toThrow(new WorldError('there is no owner nobody'));
    expect(() => world.add('azure', { name: 'Api' })).toThrow(new WorldError('azure/Api exists already'));
    expect(() => world.transfer('octokit/octokit.rb', 'nobody')).toThrow(WorldError);
  });

  test('two worlds with the same events stay the same', () => {
    const [one, two] = [createWorld(options), createWorld(options)];
    for (const world of [one, two]) {
      world.rename('azure/api', 'apis');
      world.add('google', { name: 'thing' });
      world.delete('microsoft/maro');
    }
    expect(rows(one)).toEqual(rows(two));
  });
});
