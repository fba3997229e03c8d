/**
 * Raises the alerts of one revision of a run, once per repository and rule until it recovers. It ends in one of these ways:
 * - what breaks a rule and stood before is not told again; what did not is raised, and stands from now on;
 * - a later run was looked at already: nothing is raised, and what this run raised before stays told;
 * - the same revision is summed up again, after a crash: it tells the same again;
 * - somebody else changed what stands meanwhile: all of it is looked at anew.
 */
import type { AlertRule } from '@github-repo-stats/shared/alert-rules';
import type { Run } from '@github-repo-stats/shared/documents';
import type { Stored } from '@github-repo-stats/shared/run-info';
import { alertsOf, NO_ALERTS, type Alert, type Alerts } from './alerts.ts';
import {
  alertDocumentId,
  ALERTS_PARTITION,
  LAST_ALERTS_ID,
  nextBook,
  revisionOfMoment,
  runOfMoment,
  type AlertBook,
  type AlertDocument,
  type LastAlerts,
  type Seen,
} from './alert-state.ts';
import { AlertWatch } from './alert-watch.ts';

export interface AlertStore {
  lastAlerts(): Promise<Stored<LastAlerts> | undefined>;
  alertDocuments(): AsyncIterable<AlertDocument & { _etag: string }>;
  /** Creates it without an etag, else replaces what has it; false when somebody else wrote it. */
  writeAlerts(document: AlertDocument | LastAlerts, etag: string | undefined): Promise<boolean>;
}

/** What is read before the rows are. */
export interface OpenAlerts {
  /** Undefined: this run raises none. */
  watch: AlertWatch | undefined;
  documents: ReadonlyMap<string, { book: AlertBook; etag: string }>;
  last: Stored<LastAlerts> | undefined;
}

export async function openAlerts(
  run: Run,
  rules: readonly AlertRule[],
  store: AlertStore,
): Promise<OpenAlerts> {
  if (rules.length === 0) return { watch: undefined, documents: new Map(), last: undefined };
  const last = await store.lastAlerts();
  if (last && runOfMoment(last.document.last) > Number(run.id))
    return { watch: undefined, documents: new Map(), last };
  const documents = new Map<string, { book: AlertBook; etag: string }>();
  for await (const { id, book, _etag: etag } of store.alertDocuments()) documents.set(id, { book, etag });
  const standing = Object.assign({}, ...[...documents.values()].map(({ book }) => book)) as AlertBook;
  return { watch: new AlertWatch(run, rules, standing), documents, last };
}

export interface RaisedAlerts {
  alerts: Alerts;
  /** Writes down what stands now, after the summary was written; false when somebody else did meanwhile. */
  keep: () => Promise<boolean>;
}

/** @param told what the summary of this revision said already, or that of the one before. */
export function raiseAlerts(
  { watch, documents, last }: OpenAlerts,
  told: Alerts | undefined,
  store: AlertStore,
): RaisedAlerts {
  if (!watch) return { alerts: told ?? NO_ALERTS, keep: () => Promise.resolve(true) };
  const next = nextBooks(documents, watch);
  const books = new Map([...next].map(([id, { book }]) => [id, book]));
  return {
    alerts: alertsOf(raisedIn(books, watch)),
    async keep() {
      for (const [id, { book, before }] of next) {
        if (JSON.stringify(book) === JSON.stringify(before?.book ?? {})) continue;
        const document = { id, runId: ALERTS_PARTITION, type: 'alerts', book } as const;
        if (!(await store.writeAlerts(document, before?.etag))) return false;
      }
      if (last?.document.last === watch.now) return true;
      const head = {
        id: LAST_ALERTS_ID,
        runId: ALERTS_PARTITION,
        type: 'last-alerts',
        last: watch.now,
      } as const;
      return store.writeAlerts(head, last?.etag);
    },
  };
}

/** By document: its book after this run, and as it was read. */
function nextBooks(
  documents: OpenAlerts['documents'],
  watch: AlertWatch,
): Map<string, { book: AlertBook; before: { book: AlertBook; etag: string } | undefined }> {
  const broken = new Map<string, Map<string, ReadonlySet<string>>>();
  for (const [about, rules] of watch.broken) {
    const id = alertDocumentId(about);
    const within = broken.get(id) ?? new Map<string, ReadonlySet<string>>();
    broken.set(id, within.set(about, rules));
  }
  const bookOf = (id: string) => {
    const before = documents.get(id);
    const seen: Seen = {
      now: watch.now,
      previous: watch.previous,
      broken: broken.get(id) ?? new Map(),
      isKept: (about, rule) => watch.isKept(about, rule),
      isEvent: (rule) => watch.isEvent(rule),
    };
    return { book: nextBook(before?.book ?? {}, seen), before };
  };
  return new Map([...new Set([...documents.keys(), ...broken.keys()])].map((id) => [id, bookOf(id)]));
}

/** What stands since a revision of this very run. */
function raisedIn(books: ReadonlyMap<string, AlertBook>, watch: AlertWatch): Alert[] {
  const raised: Alert[] = [];
  for (const [about, findings] of watch.findings)
    for (const [rule, finding] of findings) {
      const { since } = books.get(alertDocumentId(about))![about]![rule]!;
      if (runOfMoment(since) === runOfMoment(watch.now))
        raised.push({ ...finding, revision: revisionOfMoment(since) } as Alert);
    }
  return raised;
}
