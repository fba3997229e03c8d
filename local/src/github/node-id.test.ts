import { expect, test } from 'vitest';
import { decodeCursor, encodeCursor, nodeId, parseNodeId } from './node-id.ts';

test("a repository's node id is GitHub's", () => {
  // octocat/Hello-World on GitHub.
  expect(nodeId('R', 1_296_269)).toBe('R_kgDOABPHjQ');
  expect(parseNodeId('R_kgDOABPHjQ')).toEqual({ kind: 'R', databaseId: 1_296_269 });
});

test.each(['', 'R_', 'R_xx', 'X_kgDOABPHjQ', 'R_kgDOABPH', 'MDEwOlJlcG9zaXRvcnkxMjk2MjY5'])(
  '%o is no node id',
  (id) => {
    expect(parseNodeId(id)).toBeUndefined();
  },
);

test('a cursor comes back as it went', () => {
  for (const key of [undefined, 0, 4_294_967_295, '', 'réseau', '2026-01-01T00:00:00Z']) {
    const cursor = { key, databaseId: 987_654_321 };
    expect(decodeCursor(encodeCursor(cursor))).toEqual(cursor);
  }
  expect(Buffer.from(encodeCursor({ key: undefined, databaseId: 1 }), 'base64').toString('latin1')).toMatch(
    /^cursor:v2:/,
  );
});

test.each(['', 'abc', 'Y3Vyc29yOnYyOpHO', Buffer.from('cursor:v2:\x92\xce').toString('base64')])(
  '%o is no cursor',
  (text) => {
    expect(decodeCursor(text)).toBeUndefined();
  },
);
