import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { RepoStats } from './documents.ts';
import {
  FetchBatch,
  FetchBatchByHand,
  ResolveSource,
  UnreadableMessage,
  WriteStats,
  batchOfBody,
  byHandEnvelope,
  fetchEnvelope,
  parseFetchBatch,
  parseMessage,
  resolveEnvelope,
  writeEnvelope,
} from './messages.ts';

const golden = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`golden/${name}.json`, import.meta.url), 'utf8'));
const SCHEMAS = { ResolveSource, FetchBatch, FetchBatchByHand, WriteStats };
const roundTrip = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  additionalProperties?: unknown;
  propertyNames?: unknown;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
}
/** Paths of all properties that a schema knows; `[]` stands for the elements of a list, `*` for any key. */
function knownPaths(schema: JsonSchema, path = ''): string[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, value]) => [
    `${path}.${key}`,
    ...knownPaths(value, `${path}.${key}`),
  ]);
  const items = schema.items ? knownPaths(schema.items, `${path}[]`) : [];
  const anyKey = schema.propertyNames
    ? [`${path}.*`, ...knownPaths(schema.additionalProperties as JsonSchema, `${path}.*`)]
    : [];
  return [...own, ...items, ...anyKey, ...(schema.anyOf ?? []).flatMap((s) => knownPaths(s, path))];
}
function pathsIn(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((v) => pathsIn(v, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [];
  const anyKey = path.endsWith('.queries');
  return Object.entries(value).flatMap(([key, v]) => {
    const at = `${path}.${anyKey ? '*' : key}`;
    return [at, ...pathsIn(v, at)];
  });
}
/** As a newer version might send it: every object with a field more. */
function withMore(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((v) => withMore(v));
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([k, v]) => [k, withMore(v, k)]);
  return { ...(Object.fromEntries(fields) as object), ...(key !== 'queries' && { ofNewer: { deep: [1] } }) };
}
const distinct = (paths: string[]): string[] => [...new Set(paths)].sort();

describe.each(Object.entries(SCHEMAS))('%s', (name, schema) => {
  it('reads its golden example, and writes it again', () => {
    const once = parseMessage(schema, golden(name), 'm');
    expect(parseMessage(schema, roundTrip(once), 'm')).toEqual(once);
  });

  it('has every key that it knows in its golden example, and no other', () => {
    const known = knownPaths(z.toJSONSchema(schema as z.ZodType, { io: 'input' }) as JsonSchema);
    expect(distinct(pathsIn(golden(name)))).toEqual(distinct(known));
  });

  it('leaves out what it does not know, at any depth; what people write is refused for it', () => {
    const newer = withMore(golden(name));
    const { data, error } = schema.safeParse(newer);
    expect(data).toEqual(name === 'FetchBatchByHand' ? undefined : schema.parse(golden(name)));
    expect(error?.issues.map((i) => i.message)).toEqual(
      name === 'FetchBatchByHand' ? ['Unrecognized key: "ofNewer"'] : undefined,
    );
  });

  it('requires what it always required, so that the message of an older sender is read', () => {
    const whole = golden(name) as Record<string, unknown>;
    const required = Object.keys(whole).filter((key) => {
      const { [key]: _left, ...rest } = whole;
      return !schema.safeParse(rest).success;
    });
    expect(required).toEqual(
      {
        ResolveSource: ['runId', 'sourceId', 'page'],
        FetchBatch: ['runId', 'batchId', 'repos', 'attempt'],
        FetchBatchByHand: ['runId', 'batchId'],
        WriteStats: ['runId', 'batchId', 'attempt', 'stats', 'failures', 'cost'],
      }[name],
    );
  });
});

it.each(['ResolveSource', 'FetchBatch', 'WriteStats'] as const)(
  '%s is read as it stands on the wire',
  (name) => {
    expect(roundTrip(parseMessage(SCHEMAS[name], golden(name), 'm'))).toEqual(golden(name));
  },
);

describe('a FetchBatch dropped by hand', () => {
  it('may name its repositories as texts, as repos, or not at all', () => {
    expect(parseFetchBatch(golden('FetchBatchByHand'), 'm')).toEqual({
      runId: '1611127298',
      batchId: 'b-s00001-00002-1',
      names: ['octokit/octokit.rb'],
      repos: [
        { nameWithOwner: 'microsoft/vscode' },
        { nameWithOwner: 'octocat/Hello-World', id: 'R_kgDOABPHjQ' },
      ],
    });
    const bare = { runId: '1611127298', batchId: 'b-s00001-00002-1' };
    expect(parseFetchBatch(bare, 'm')).toEqual(bare);
  });

  it("is told from the system's own by the attempt that it lacks", () => {
    expect(parseFetchBatch(golden('FetchBatch'), 'm')).toEqual(golden('FetchBatch'));
    const { attempt: _none, ...rest } = golden('FetchBatch') as Record<string, unknown>;
    expect(() => parseFetchBatch(rest, 'm')).toThrow(/firstAttempt/);
  });
});

describe('the largest legal message', () => {
  const LIMIT = 200_000;
  const at = (max: number): string => 'x'.repeat(max);
  /** Three bytes in UTF-8: the most that a character takes, where any is allowed. */
  const wide = (max: number): string => '語'.repeat(max);
  const name = `${at(39)}/${at(100)}`;
  const runId = '99999999999';
  const batchId = at(64);
  const most = 1_000_000;
  const time = '2021-01-19T20:44:18.123456789Z';
  const big = Number.MAX_SAFE_INTEGER;
  const third = Math.floor(big / 3);
  const document: RepoStats = {
    id: `${at(39)}.${at(100)}.${runId}`,
    repo: name,
    isArchived: false,
    isTemplate: false,
    repoUpdatedAt: time,
    openIssues: third,
    closedIssues: third,
    totalIssues: 2 * third,
    openPRs: third,
    closedPRs: third,
    mergedPRs: third,
    totalPRs: 3 * third,
    stars: big,
    runId,
    repoId: at(128),
    batchId,
    attempt: big,
    collectedAt: time,
    isFork: false,
    visibility: at(16),
    createdAt: time,
    pushedAt: time,
    forks: big,
    diskUsage: big,
    language: wide(100),
    licence: at(100),
  };
  /** One of a newer sender may be longer than ours. */
  const longestReason = 'x'.repeat(40);
  const hundred = <T>(value: T): T[] => Array.from({ length: 100 }, () => value);
  const cost = { calls: big, points: big, seconds: Number.MAX_VALUE };
  const repo = { nameWithOwner: name, id: at(128) };
  const counters = { attempt: most, wait: most };
  const largest: [string, z.ZodType, unknown][] = [
    [
      'ResolveSource',
      ResolveSource,
      { runId, sourceId: `s${'9'.repeat(15)}`, page: big, cursor: wide(512), ...counters },
    ],
    ['FetchBatch', FetchBatch, { runId, batchId, repos: hundred(repo), firstAttempt: most, ...counters }],
    ['FetchBatchByHand', FetchBatchByHand, { runId, batchId, names: hundred(name), repos: hundred(repo) }],
    [
      'WriteStats of statistics',
      WriteStats,
      { runId, batchId, ...counters, stats: hundred({ name, document }), failures: [], cost },
    ],
    [
      'WriteStats of failures',
      WriteStats,
      {
        runId,
        batchId,
        ...counters,
        stats: [],
        failures: hundred({ name, reason: longestReason, detail: wide(300) }),
        cost,
      },
    ],
  ];

  it.each(largest)('%s stays below 200 KB', (_name, schema, message) => {
    expect(schema.safeParse(message).error?.issues).toBeUndefined();
    expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(LIMIT);
  });

  it.each(largest)(
    '%s is at the caps: one character or element more is refused',
    (_name, schema, message) => {
      const longer = (value: unknown): unknown[] => {
        if (typeof value === 'string') return [`${value}${value.at(-1)}`];
        if (Array.isArray(value))
          return value.length === 0
            ? []
            : [[...value, value[0]], ...longer(value[0]).map((v) => [v, ...value.slice(1)])];
        if (typeof value !== 'object' || value === null) return [];
        return Object.entries(value).flatMap(([key, v]) => longer(v).map((l) => ({ ...value, [key]: l })));
      };
      const variants = longer(message);
      expect(variants.length).toBeGreaterThan(2);
      for (const variant of variants) expect(schema.safeParse(variant).success).toBe(false);
    },
  );

  it('holds no more than a hundred repositories, stored and failed together', () => {
    const failure = { name, reason: longestReason };
    const message = {
      runId,
      batchId,
      attempt: 1,
      stats: hundred({ name, document }),
      failures: [failure],
      cost,
    };
    expect(() => parseMessage(WriteStats, message, 'm')).toThrow(/failures: are more than 100/);
  });
});

describe('a reason that only a newer sender knows', () => {
  const message = (reason: string): unknown => {
    const failures = [{ name: 'o/a', reason, detail: 'said' }];
    return { ...(golden('WriteStats') as object), stats: [], failures };
  };
  it('is unknown-reason here, and the rest of the batch is kept', () => {
    const { failures } = parseMessage(WriteStats, message('under-quarantine'), 'm');
    expect(failures).toEqual([{ name: 'o/a', reason: 'unknown-reason', detail: 'said' }]);
  });
  it.each(['', 'x'.repeat(41), 'Not a reason'])('has the form of one: %j is refused', (reason) => {
    expect(() => parseMessage(WriteStats, message(reason), 'm')).toThrow(/failures\.0\.reason/);
  });
});

describe('statistics of another place', () => {
  it.each([
    ['runId', '1611127299'],
    ['batchId', 'b-s00001-00009-1'],
    ['id', 'octokit.octokit.rb.1611127299'],
    ['repo', 'octokit/another'],
  ])('are refused for their %s', (field, value) => {
    const body = golden('WriteStats') as { stats: { document: Record<string, unknown> }[] };
    body.stats[0]!.document[field] = value;
    expect(() => parseMessage(WriteStats, body, 'm')).toThrow(
      /stats\.0\.document\.(runId|batchId|id): is not that of/,
    );
  });
});

it.each([
  ['run', { runId: '1611127299', id: 'octokit.octokit.rb.1611127299' }],
  ['batch', { batchId: 'b-s00001-00009-1' }],
])('statistics of another %s are refused, however much they agree with themselves', (_what, change) => {
  const body = golden('WriteStats') as { stats: { document: object }[] };
  Object.assign(body.stats[0]!.document, change);
  expect(WriteStats.safeParse(body).error?.issues.map((i) => i.message)).toEqual([
    'is not that of the message',
  ]);
});

describe('a body that cannot be understood', () => {
  it('is told in a few lines, however much is wrong with it', () => {
    const failures = Array.from({ length: 100 }, () => ({ name: 'x'.repeat(1_000), reason: 'saml' }));
    const body = { ...(golden('WriteStats') as object), stats: [], failures };
    expect(() => parseMessage(WriteStats, body, 'm')).toThrow(/^[^]{50,5000}; and \d{2,} more$/);
  });

  it('is named by its message id, with the path of every field that is wrong', () => {
    const body = golden('WriteStats') as { stats: { document: Record<string, unknown> }[] };
    body.stats[0]!.document.stars = null;
    Object.assign(body, { runId: 'today', attempt: 0 });
    const read = (): unknown => parseMessage(WriteStats, body, 'm-17');
    expect(read).toThrow(UnreadableMessage);
    for (const part of ['m-17', 'runId: is not an epoch second', 'attempt: ', 'stats.0.document.stars: '])
      expect(read).toThrow(part);
  });

  it.each([null, undefined, 'text', 7, []])('may be no object at all: %j', (body) => {
    expect(() => parseMessage(ResolveSource, body, 'm-18')).toThrow(
      /^Message m-18 cannot be understood: body: /,
    );
    expect(() => parseFetchBatch(body, 'm-18')).toThrow(UnreadableMessage);
  });

  it('still tells its run and batch, if it holds them', () => {
    const ids = { runId: '1611127298', batchId: 'b-s00001-00002-1' };
    expect(batchOfBody({ ...ids, repos: 'all' })).toEqual(ids);
    for (const body of [{ runId: '1611127298' }, { ...ids, runId: 5 }, null, 'x'])
      expect(batchOfBody(body)).toBeUndefined();
  });
});

describe('an envelope', () => {
  it('goes to the lane of its credential or batch, named for people', () => {
    const resolve = ResolveSource.parse(golden('ResolveSource'));
    const fetch = FetchBatch.parse(golden('FetchBatch'));
    const byHand = FetchBatchByHand.parse(golden('FetchBatchByHand'));
    const write = WriteStats.parse(golden('WriteStats'));
    const common = { correlationId: 'run-1611127298', contentType: 'application/json' };
    expect([
      resolveEnvelope(resolve, 'default'),
      fetchEnvelope(fetch, 'default'),
      byHandEnvelope(byHand, 'default'),
      writeEnvelope(write, 1),
    ]).toEqual([
      {
        ...common,
        body: resolve,
        subject: 'ResolveSource',
        sessionId: 'cred-default',
        messageId: '1611127298.s00001.2:1:0',
      },
      {
        ...common,
        body: fetch,
        subject: 'FetchBatch',
        sessionId: 'cred-default',
        messageId: '1611127298.b-s00001-00002-1:2:3',
      },
      {
        ...common,
        body: byHand,
        subject: 'FetchBatch',
        sessionId: 'cred-default',
        messageId: '1611127298.b-s00001-00002-1:0:0',
      },
      {
        ...common,
        body: write,
        subject: 'WriteStats',
        sessionId: 'write-0',
        messageId: '1611127298.b-s00001-00002-1:2:0',
      },
    ]);
  });

  it('has ids within what Service Bus takes (128 characters)', () => {
    const longest = fetchEnvelope(
      {
        runId: '99999999999',
        batchId: 'x'.repeat(64),
        repos: [{ nameWithOwner: 'a/b' }],
        attempt: 1_000_000,
        firstAttempt: 1,
        wait: 1_000_000,
      },
      'default',
    );
    expect(longest.messageId.length).toBeLessThanOrEqual(128);
  });
});
