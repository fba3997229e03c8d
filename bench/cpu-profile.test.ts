import { describe, expect, it } from 'vitest';
import { ownerOf, secondsByOwner } from './cpu-profile.ts';

const frame = (functionName: string, url: string, lineNumber = 0) => ({
  functionName,
  url,
  lineNumber,
  columnNumber: 0,
});
const BUNDLE = 'file:///app/main.cjs';
/** What stood in which line of the bundle. */
const sources = [
  '../../node_modules/@azure/cosmos/dist/a.js',
  '../src/main.ts',
  '../../node_modules/rhea/lib/b.js',
];
const sourceOf = ({ url, lineNumber }: { url: string; lineNumber: number }): string | undefined =>
  url === BUNDLE ? sources[lineNumber] : undefined;

describe('the owner of a frame', () => {
  it.each([
    [frame('a', BUNDLE, 0), '@azure/cosmos'],
    [frame('b', BUNDLE, 2), 'rhea'],
    [frame('main', BUNDLE, 1), 'this project'],
    [frame('host', 'file:///local/src/function-host/host.ts'), 'this project'],
    [frame('parse', 'file:///repo/node_modules/zod/index.js'), 'zod'],
    [frame('emit', 'node:events'), 'node'],
    [frame('writev', ''), 'native code'],
    [frame('(garbage collector)', ''), 'garbage collector'],
  ])('of %o is %s', (of, owner) => {
    expect(ownerOf(of, sourceOf)).toBe(owner);
  });
});

describe('seconds by owner', () => {
  it('count each sample until the next, and leave out what was idle', () => {
    const nodes = [frame('(idle)', ''), frame('a', BUNDLE, 0), frame('main', BUNDLE, 1)].map(
      (callFrame, id) => ({
        id,
        callFrame,
      }),
    );
    const profile = { nodes, samples: [1, 0, 2, 1], timeDeltas: [0, 1_000_000, 5_000_000, 2_000_000] };
    expect(secondsByOwner(profile, sourceOf)).toEqual(
      new Map([
        ['@azure/cosmos', 1],
        ['this project', 2],
      ]),
    );
  });
});
