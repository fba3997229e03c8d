/**
 * Every entry that a service may log, with the fields that it carries: the one definition from which the services log and the
 * queries of the workbook and of the alerts read. An entry's text is static, so that entries group.
 */

/** What a field holds: a text, a number, or a moment as ISO 8601 in UTC; with `?` it may be left out. */
export type FieldKind = 'text' | 'number' | 'time' | 'text?' | 'number?' | 'time?';

/** What `errorFields` tells of an error. */
const ERROR = { error: 'text', errorName: 'text?', errorCode: 'text?', cause: 'text?' } as const;

/** Durations are in seconds; `requestUnits` are RU, `points` those of GitHub's primary limit. */
export const LOG_ENTRIES = {
  // Runs, by the scheduler and the reporter.
  'run started': { runId: 'text', trigger: 'text', sources: 'number' },
  'scheduled run skipped, another is under way': { runId: 'text', active: 'text' },
  /** `seconds`: from its start to its end. Repositories are those received, created, failed or a duplicate of another. */
  'run ended': {
    runId: 'text',
    revision: 'number',
    status: 'text',
    seconds: 'number',
    repositories: 'number',
    created: 'number',
    failed: 'number',
    duplicates: 'number',
    failedSources: 'number',
    calls: 'number',
    points: 'number',
    githubSeconds: 'number',
    requestUnits: 'number',
  },
  /** Beside `run ended`. `state`: the worst of the checks; the others name them. `held`: whether its event waits for a person. */
  'numbers checked': {
    runId: 'text',
    revision: 'number',
    state: 'text',
    failed: 'text',
    warned: 'text',
    skipped: 'text',
    held: 'text',
  },
  /** One per reason, beside `run ended`. */
  'repositories failed': { runId: 'text', revision: 'number', reason: 'text', repositories: 'number' },
  'run is stalled': { runId: 'text', cause: 'text' },
  'a run stopped at its beginning and goes on': { runId: 'text' },
  'a run could not be swept': { runId: 'text', ...ERROR },
  'a run could not be looked at; the sweep will': { runId: 'text', ...ERROR },
  'a run could not be looked at; the next sweep will': { runId: 'text', ...ERROR },
  'what a quiet run misses was sent again': { runId: 'text', messages: 'number' },
  'what a stalled run misses was settled as failed': { runId: 'text', messages: 'number' },
  /** `givenBy`: the id of who ordered, where people sign in; `by` is a word of KQL. */
  'order given': { order: 'text', kind: 'text', givenBy: 'text?' },
  'order taken': { order: 'text', kind: 'text', status: 'text', problem: 'text' },
  'an order failed': { order: 'text', ...ERROR },
  'rerun requested': { runId: 'text', sources: 'number', batches: 'number', repositories: 'number' },

  // Work, by the resolver, the fetcher and the writer. The costs are those of this delivery alone.
  'page planned': {
    runId: 'text',
    sourceId: 'text',
    page: 'number',
    repositories: 'number',
    batches: 'number',
    last: 'text',
    credential: 'text',
    calls: 'number',
    points: 'number',
    seconds: 'number',
  },
  'repositories of a page cannot be read': {
    runId: 'text',
    owner: 'text',
    page: 'number',
    repositories: 'number',
  },
  'source failed': { runId: 'text', sourceId: 'text', reason: 'text', detail: 'text' },
  'batch fetched': {
    runId: 'text',
    batchId: 'text',
    attempt: 'number',
    credential: 'text',
    repositories: 'number',
    failures: 'number',
    again: 'number',
    left: 'number',
    calls: 'number',
    points: 'number',
    seconds: 'number',
  },
  /** `budget`: RU per second that writing may use; absent when there is none. `throttled`: answers 429. */
  'batch written': {
    runId: 'text',
    batchId: 'text',
    attempt: 'number',
    repositories: 'number',
    failures: 'number',
    requestUnits: 'number',
    budget: 'number?',
    throttled: 'number',
    seconds: 'number',
  },
  /** By Cosmos DB, for good: its repository failed with the reason `storage`. */
  'document refused': { runId: 'text', batchId: 'text', repository: 'text', detail: 'text' },
  /** The outcomes of one run that came with one delivery of the change feed; `waited`: since the oldest was written. */
  'outcomes folded': { runId: 'text', outcomes: 'number', waited: 'number', seconds: 'number' },
  'credential refused by GitHub': {
    runId: 'text',
    credential: 'text',
    batchId: 'text?',
    sourceId: 'text?',
    detail: 'text?',
  },

  // Messages, wherever they are handled.
  /**
   * One per delivery. `waited`: since the message was put into the queue, or was due if it was scheduled. `result`: completed, copied
   * (completed after a copy was scheduled for later) or thrown.
   */
  'message handled': {
    queue: 'text',
    messageId: 'text',
    runId: 'text?',
    delivery: 'number',
    waited: 'number',
    seconds: 'number',
    result: 'text',
  },
  /**
   * `seconds`: how long; `queue` and `messageId` are absent when it is waited for in place. `credential`: in whose lane, where there is
   * one.
   */
  waiting: {
    reason: 'text',
    until: 'time',
    seconds: 'number',
    credential: 'text?',
    runId: 'text?',
    queue: 'text?',
    messageId: 'text?',
  },
  'message cannot be understood': { queue: 'text', messageId: 'text', deliveryCount: 'number', ...ERROR },
  'handler failed': {
    queue: 'text',
    messageId: 'text',
    deliveryCount: 'number',
    runId: 'text?',
    ...ERROR,
  },
  'the outcome of a dead letter could not be written; the sweep will': { messageId: 'text', ...ERROR },
  'dead letter': { queue: 'text', messageId: 'text', reason: 'text' },
  'dead letter that cannot be understood': {
    queue: 'text',
    messageId: 'text',
    settled: 'number',
    ...ERROR,
  },
  'dead letters sent back': { queue: 'text', sent: 'number', settled: 'number', left: 'number' },
  'dead letter discarded': { queue: 'text', messageId: 'text' },
  'dead letters could not be looked at': { queue: 'text', ...ERROR },

  // The archive. `bytes`: of the parts and the manifest; `requestUnits`: of reading the statistics.
  'run archived': {
    runId: 'text',
    revision: 'number',
    rows: 'number',
    bytes: 'number',
    seconds: 'number',
    requestUnits: 'number',
  },
  /** `result`: incomplete, differs or overtaken; the next sweep tries again. */
  'run not archived': { runId: 'text', revision: 'number', result: 'text', ...ERROR },
  'a run could not be archived; the sweep will': { runId: 'text', ...ERROR },
  'event cannot be understood': { messageId: 'text', ...ERROR },
  /** The database keeps the run document and its summary alone. */
  'run forgotten': {
    runId: 'text',
    revision: 'number',
    rows: 'number',
    seconds: 'number',
    requestUnits: 'number',
  },
  'run not forgotten, its archive is not what it was': { runId: 'text', revision: 'number' },
  'a run could not be forgotten; the next pass will': { runId: 'text', ...ERROR },

  // Notices and requests.
  'a notice was not taken': { runId: 'text', channel: 'text', kind: 'text', ...ERROR },
  'a notice was marked by somebody else': { runId: 'text', channel: 'text' },
  'request failed': { method: 'text', ...ERROR },
} as const satisfies Record<string, Record<string, FieldKind>>;

export type LogEntry = keyof typeof LOG_ENTRIES;

type Definition<E extends LogEntry> = (typeof LOG_ENTRIES)[E];
type ValueOf<K> = K extends 'number' | 'number?' ? number : string;
type Optional<D> = { [F in keyof D]: D[F] extends `${string}?` ? F : never }[keyof D];

/** The fields of an entry, as they are logged. */
export type FieldsOf<E extends LogEntry> = {
  -readonly [F in Exclude<keyof Definition<E>, Optional<Definition<E>>>]: ValueOf<Definition<E>[F]>;
} & { -readonly [F in Optional<Definition<E>>]?: ValueOf<Definition<E>[F]> | undefined };
