/** What may come in place of what was asked for: any JSON, and valid JSON with something wrong in it, as it is on the wire. */
import fc from 'fast-check';

/** As many levels as make a recursive reader fall over. */
export const deep = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}1${']'.repeat(levels)}`);

/** Values that look right to somebody. */
const ODD: readonly unknown[] = [
  null,
  true,
  false,
  '',
  ' ',
  0,
  -0,
  -1,
  0.5,
  1e21,
  1e308,
  Number.MAX_SAFE_INTEGER + 1,
  'NaN',
  'Infinity',
  '1',
  '-1',
  '1e3',
  'null',
  '../..',
  'a/b/c',
  'a/b\n',
  'o/..',
  'o\\n',
  '-/x',
  '__proto__',
  'constructor',
  'toString',
  '1611127298/../1611127299',
  '\u0000',
  '\ud800',
  'ü/語',
  '\u202eo/evil',
  'x'.repeat(1_000),
  '語'.repeat(1_000),
  `${'o'.repeat(40)}/${'n'.repeat(101)}`,
  [],
  {},
  [[]],
  [null],
  { length: 3 },
  deep(50),
  deep(1_500),
];
const KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'length',
  '',
  'ü',
  'x'.repeat(500),
];

export type Path = readonly (string | number)[];
type Change =
  | { kind: 'drop' }
  | { kind: 'put'; value: unknown }
  | { kind: 'add'; key: string; value: unknown }
  | { kind: 'many'; times: number };
export interface Mutated {
  value: unknown;
  /** Where something was changed. */
  at: Path;
}

function pathsIn(value: unknown, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [at];
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? value.map((v, i) => [i, v])
    : Object.entries(value);
  return [at, ...entries.flatMap(([key, v]) => pathsIn(v, [...at, key]))];
}

/** The value with the change, made on a copy. Keys are defined, so that `__proto__` is one like any other, as JSON.parse has it. */
function changed(value: unknown, path: Path, change: Change): unknown {
  const [key, ...rest] = path;
  if (key !== undefined) {
    const copy: object = Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) };
    if (rest.length === 0 && change.kind === 'drop') {
      if (Array.isArray(copy)) copy.splice(Number(key), 1);
      else Reflect.deleteProperty(copy, key);
      return copy;
    }
    return define(copy, key, changed((value as Record<string | number, unknown>)[key], rest, change));
  }
  switch (change.kind) {
    case 'drop':
      return undefined;
    case 'put':
      return change.value;
    case 'add':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
        ? define({ ...value }, change.key, change.value)
        : change.value;
    case 'many':
      return Array.from({ length: change.times }, () => value);
  }
}
const define = (object: object, key: string | number, value: unknown): object =>
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });

const odd = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...ODD) },
  { weight: 1, arbitrary: fc.jsonValue() },
);
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.constant<Change>({ kind: 'drop' }),
  odd.map((value): Change => ({ kind: 'put', value })),
  fc.record({ kind: fc.constant('add' as const), key: fc.constantFrom(...KEYS), value: odd }),
  fc.constantFrom(2, 101, 2_000).map((times): Change => ({ kind: 'many', times })),
);

/** A valid value with one thing changed. */
export const mutated = (valid: unknown): fc.Arbitrary<Mutated> =>
  fc
    .tuple(fc.constantFrom(...pathsIn(valid)), change)
    .map(([at, what]) => ({ value: changed(valid, at, what), at }));

/** Anything that JSON can say, and a few things that it can say at length. */
export const anyJson = fc.oneof(
  { weight: 4, arbitrary: fc.jsonValue({ maxDepth: 6 }) },
  { weight: 1, arbitrary: odd },
);
