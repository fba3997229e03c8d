/** The conformance suites: every test that takes its target from the environment. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Paths from the root of the repository. */
export const conformanceSuites = (root: string): string[] =>
  globSync('local/src/**/*.test.ts', { cwd: root })
    .filter((path) => /\b(useTarget|startTarget)\(/.test(readFileSync(join(root, path), 'utf8')))
    .sort();
