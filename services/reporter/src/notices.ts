/**
 * Sends the event and the mails of a revision, at least once: claim by if-match, send, mark. An old claim is taken over.
 * A notice that fails is tried again later and never fails a run. An end that no longer stands when its notice could be sent
 * is not told: the run was opened again, and its next revision tells what holds then.
 */
import { randomUUID } from 'node:crypto';
import { ACTIVE_STATUSES, type Run } from '@github-repo-stats/shared/documents';
import type { MailName } from '@github-repo-stats/shared/mails-setting';
import type { Notice, Notices } from '@github-repo-stats/shared/notices';
import { noticesId } from '@github-repo-stats/shared/ids';
import { errorFields, type Log } from '@github-repo-stats/shared/log';
import type { Stored } from '@github-repo-stats/shared/run-info';
import { inSpan } from '@github-repo-stats/shared/telemetry/spans';
import { mailName, mailNames } from './mail-name.ts';

export interface NoticesStore {
  create(notices: Notices): Promise<void>;
  read(runId: string, id: string): Promise<Stored<Notices> | undefined>;
  replace(notices: Notices, etag: string): Promise<string | undefined>;
}

export type NoticeKind = Notices['kind'];
/** Sends one notice; rejects when it was not taken. Undefined where it is switched off. */
export type SendNotice = ((run: Run, kind: NoticeKind) => Promise<void>) | undefined;

export interface NoticesDeps {
  store: NoticesStore;
  event: SendNotice;
  mail: SendNotice;
  /** The mails that are sent. */
  mails: readonly MailName[];
  now(): number;
  scale: number;
  log: Log;
}

type Channel = 'event' | 'mail';
const SPAN_NAMES = { event: 'send event', mail: 'send mail' } as const;
const holder = randomUUID();
/** A claim older than this belongs to somebody who died. */
const CLAIM_MS = 120_000;
/** Tries double from a minute to an hour; after three days a notice is given up. */
const RETRY_MS = 60_000;
const LONGEST_RETRY_MS = 3_600_000;
const MAX_TRIES = 78;

export const noticesIdOf = (kind: NoticeKind, revision: number): string =>
  kind === 'stalled' ? `${noticesId(revision)}.stalled` : noticesId(revision);

/** The run was opened again since: it says nothing any more of what that revision was. */
const isOvertaken = (run: Run, { kind, revision }: Notices): boolean =>
  kind === 'end' && (run.revision > revision || ACTIVE_STATUSES.includes(run.status));

const isOpen = (n: Notice): boolean => n.state === 'due' || n.state === 'claimed';

/** Writes down which notices of a revision are due, once. @param isHeld its event waits until a person releases it. */
export async function announce(
  runId: string,
  revision: number,
  kind: NoticeKind,
  { store, event, mail, mails }: Pick<NoticesDeps, 'store' | 'event' | 'mail' | 'mails'>,
  isHeld = false,
): Promise<void> {
  const due = (on: boolean): Notice => ({ state: on ? 'due' : 'off', tries: 0 });
  const isMailed = mail !== undefined && mailNames(kind).some((name) => mails.includes(name));
  // Downstream systems are told of ends alone; people of what they want to hear of.
  const told = due(kind === 'end' && event !== undefined);
  const notices = {
    event: isHeld && isOpen(told) ? { ...told, state: 'held' as const } : told,
    mail: due(isMailed),
  };
  await store.create({
    id: noticesIdOf(kind, revision),
    runId,
    type: 'notices',
    revision,
    kind,
    open: Number(isOpen(notices.event)) + Number(isOpen(notices.mail)),
    ...notices,
  });
}

/** Sends what is due of one notices document, once the run has come to what it tells. */
export async function deliver(run: Run, id: string, deps: NoticesDeps): Promise<void> {
  for (const channel of ['event', 'mail'] as const) {
    const claimed = await claim(run, id, channel, deps);
    if (!claimed) continue;
    const { notices, etag } = claimed;
    const sent = isOvertaken(run, notices) ? 'overtaken' : await send(run, notices.kind, channel, deps);
    await mark(notices, etag, channel, sent, deps);
  }
}

/** A notice that nobody else sends just now, marked as ours. */
async function claim(
  run: Run,
  id: string,
  channel: Channel,
  deps: NoticesDeps,
): Promise<{ notices: Notices; etag: string } | undefined> {
  const stored = await deps.store.read(run.id, id);
  if (!stored) return undefined;
  const { document: notices, etag } = stored;
  const notice = notices[channel];
  const now = deps.now();
  if (notices.kind === 'end' && run.revision < notices.revision) return undefined;
  if (!isOpen(notice) || (notice.notBefore && Date.parse(notice.notBefore) > now)) return undefined;
  const claimedAt = Date.parse(notice.claimedAt ?? '');
  if (notice.state === 'claimed' && now - claimedAt < CLAIM_MS * deps.scale) return undefined;
  const mine: Notice = {
    ...notice,
    state: 'claimed',
    claimedAt: new Date(now).toISOString(),
    claimedBy: holder,
    tries: notice.tries + 1,
  };
  const next = { ...notices, [channel]: mine };
  const newEtag = await deps.store.replace(next, etag);
  return newEtag === undefined ? undefined : { notices: next, etag: newEtag };
}

async function send(
  run: Run,
  kind: NoticeKind,
  channel: Channel,
  deps: NoticesDeps,
): Promise<Error | 'off' | undefined> {
  if (channel === 'mail' && !deps.mails.includes(mailName(run, kind))) return 'off';
  // It moved on before anybody was told that it is stuck: nobody need be.
  if (kind === 'stalled' && run.status !== 'stalled') return undefined;
  try {
    // Switched off since it was announced: nothing is sent.
    const sender = deps[channel];
    if (sender)
      await inSpan(
        SPAN_NAMES[channel],
        { kind: 'client', attributes: { runId: run.id, revision: run.revision, kind } },
        () => sender(run, kind),
      );
    return undefined;
  } catch (error) {
    deps.log('warn', 'a notice was not taken', { runId: run.id, channel, kind, ...errorFields(error) });
    return error instanceof Error ? error : new Error(String(error));
  }
}

async function mark(
  notices: Notices,
  etag: string,
  channel: Channel,
  sent: Error | 'overtaken' | 'off' | undefined,
  deps: NoticesDeps,
): Promise<void> {
  const { tries } = notices[channel];
  const pause = Math.min(LONGEST_RETRY_MS, RETRY_MS * 2 ** (tries - 1)) * deps.scale;
  const failed: Notice = {
    state: tries >= MAX_TRIES ? 'given-up' : 'due',
    tries,
    notBefore: new Date(deps.now() + pause).toISOString(),
    lastError: sent instanceof Error ? sent.message.slice(0, 300) : '',
  };
  const result: Notice = sent instanceof Error ? failed : { state: sent ?? 'done', tries };
  let now: Stored<Notices> | undefined = { document: notices, etag };
  // The other notice of the revision may have been claimed or marked since; our claim is known by its count of tries.
  while (now && isClaimed(now.document[channel], tries)) {
    const next = { ...now.document, [channel]: result };
    next.open = Number(isOpen(next.event)) + Number(isOpen(next.mail));
    if ((await deps.store.replace(next, now.etag)) !== undefined) return;
    now = await deps.store.read(notices.runId, notices.id);
  }
  // Somebody took over a claim that had become old: the notice may go out twice, which is allowed.
  deps.log('info', 'a notice was marked by somebody else', { runId: notices.runId, channel });
}

const isClaimed = (notice: Notice, tries: number): boolean =>
  notice.state === 'claimed' && notice.claimedBy === holder && notice.tries === tries;
