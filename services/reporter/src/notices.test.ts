import { type Run } from '@github-repo-stats/shared/documents';
import { MAILS } from '@github-repo-stats/shared/mails-setting';
import { Notices } from '@github-repo-stats/shared/notices';
import { RUN_ID, runOf } from '@github-repo-stats/shared/run.fixture';
import { describe, expect, it } from 'vitest';
import { announce, deliver, noticesIdOf, type NoticesDeps, type NoticesStore } from './notices.ts';

const ended = runOf({ status: 'completed', revision: 1 });
const MINUTE = 60_000;

/** Notices documents in memory with etags, and what was sent. */
function world(more: { event?: boolean; mail?: boolean } = {}) {
  const documents = new Map<string, { document: Notices; etag: number }>();
  const sent: string[] = [];
  /** What happens when something is sent: nothing, a rejection, or somebody else's doing. */
  const onSend: (() => void)[] = [];
  const clock = { now: Date.parse('2021-01-20T07:30:00Z') };
  const store: NoticesStore = {
    create: (notices) => {
      if (!documents.has(notices.id))
        documents.set(notices.id, { document: Notices.parse(notices), etag: 1 });
      return Promise.resolve();
    },
    read: (_runId, id) => {
      const stored = documents.get(id);
      return Promise.resolve(
        stored && { document: structuredClone(stored.document), etag: String(stored.etag) },
      );
    },
    replace: (notices, etag) => {
      const stored = documents.get(notices.id);
      if (String(stored?.etag) !== etag) return Promise.resolve(undefined);
      documents.set(notices.id, { document: Notices.parse(notices), etag: Number(etag) + 1 });
      return Promise.resolve(String(Number(etag) + 1));
    },
  };
  const sender = (channel: string) => (run: Run, kind: string) => {
    sent.push(`${channel} ${kind} ${run.revision}`);
    try {
      onSend.shift()?.();
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(error as Error);
    }
  };
  const deps: NoticesDeps = {
    store,
    event: more.event === false ? undefined : sender('event'),
    mail: more.mail === false ? undefined : sender('mail'),
    now: () => clock.now,
    mails: MAILS,
    scale: 1,
    log: () => undefined,
  };
  const notices = (id = noticesIdOf('end', 1)): Notices => documents.get(id)!.document;
  return { deps, sent, onSend, clock, documents, notices };
}
const refuse = (): void => {
  throw new Error('SendGrid is away');
};

describe('announcing', () => {
  it('writes down event and mail of an end as due', async () => {
    const w = world();
    await announce(RUN_ID, 1, 'end', w.deps);
    const due = { state: 'due', tries: 0 };
    expect(w.notices()).toMatchObject({ id: 'notices.1', kind: 'end', open: 2, event: due, mail: due });
  });

  it('holds the event of an end back, and sends its mail all the same', async () => {
    const w = world();
    await announce(RUN_ID, 1, 'end', w.deps, true);
    expect(w.notices()).toMatchObject({ open: 1, event: { state: 'held' }, mail: { state: 'due' } });
    await deliver(ended, noticesIdOf('end', 1), w.deps);
    expect(w.sent).toEqual(['mail end 1']);
    expect(w.notices()).toMatchObject({ open: 0, event: { state: 'held' } });
  });

  it.each(['start', 'stalled'] as const)('tells people alone of %s', async (kind) => {
    const w = world();
    await announce(RUN_ID, 0, kind, w.deps);
    const notices = w.notices(noticesIdOf(kind, 0));
    expect(notices).toMatchObject({ kind, open: 1, event: { state: 'off' }, mail: { state: 'due' } });
  });

  it('keeps a stalled notice apart from that of the same revision', () => {
    expect(noticesIdOf('stalled', 1)).not.toBe(noticesIdOf('end', 1));
  });

  it.each([
    [{ event: false }, 1, 'off', 'due'],
    [{ mail: false }, 1, 'due', 'off'],
    [{ event: false, mail: false }, 0, 'off', 'off'],
  ])('leaves nothing open of what is switched off: %j', async (off, open, event, mail) => {
    const w = world(off);
    await announce(RUN_ID, 1, 'end', w.deps);
    expect(w.notices()).toMatchObject({ open, event: { state: event }, mail: { state: mail } });
    await deliver(ended, 'notices.1', w.deps);
    expect(w.sent).toHaveLength(open);
  });

  it('changes nothing when it is repeated', async () => {
    const w = world();
    await announce(RUN_ID, 1, 'end', w.deps);
    await deliver(ended, 'notices.1', w.deps);
    await announce(RUN_ID, 1, 'end', w.deps);
    expect(w.notices().open).toBe(0);
  });
});

describe('delivering', () => {
  it('claims, sends and marks: each notice goes out once', async () => {
    const w = world();
    await announce(RUN_ID, 1, 'end', w.deps);
    w.onSend.push(() => expect(w.notices().event).toMatchObject({ state: 'claimed', tries: 1 }));
    await deliver(ended, 'notices.1', w.deps);
    await deliver(ended, 'notices.1', w.deps);
    expect(w.sent).toEqual(['event end 1', 'mail end 1']);
    const done = { state: 'done', tries: 1 };
    expect(w.notices()).toMatchObject({ open: 0, event: done, mail: done });
  });

  it('does nothing for notices that do not exist', async () => {
    const w = world();
    await deliver(ended, 'notices.1', w.deps);
    expect(w.sent).toEqual([]);
  });

  it.each([
    ['the run was opened again', { status: 'running', revision: 1 }],
    ['the next revision has ended', { status: 'completed', revision: 2 }],
  ] as const)('tells nothing of an end that no longer stands: %s', async (_what, now) => {
    const w = world();
    await announce(RUN_ID, 1, 'end', w.deps);
    await deliver(runOf(now), 'notices.1', w.deps);
    await deliver(ended, 'notices.1', w.deps);
    expect(w.sent).toEqual([]);
    const overtaken = { state: 'overtaken' };
    expect(w.notices()).toMatchObject({ open: 0, event: overtaken, mail: overtaken });
  });

  it('waits until the run has come to the end that it tells', async () => {
    const w = world();
    await announce(RUN_ID, 1, 'end', w.deps);
    await deliver(runOf(), 'notices.1', w.deps);
    expect(w.sent).toEqual([]);
    await deliver(ended, 'notices.1', w.deps);
    expect(w.sent).toHaveLength(2);
  });

  it('tries later what was not taken, with pauses that double up to an hour, without failing', async () => {
    const w = world({ event: false });
    await announce(RUN_ID, 1, 'end', w.deps);
    const pauses: number[] = [];
    for (let i = 0; i < 9; i++) {
      w.onSend.push(refuse);
      await deliver(ended, 'notices.1', w.deps);
      const { mail, open } = w.notices();
      expect({ state: mail.state, lastError: mail.lastError, open }).toEqual({
        state: 'due',
        lastError: 'SendGrid is away',
        open: 1,
      });
      pauses.push((Date.parse(mail.notBefore!) - w.clock.now) / MINUTE);
      w.clock.now = Date.parse(mail.notBefore!) - 1;
      await deliver(ended, 'notices.1', w.deps);
      expect(w.sent).toHaveLength(i + 1);
      w.clock.now++;
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    await deliver(ended, 'notices.1', w.deps);
    expect(w.notices()).toMatchObject({ open: 0, mail: { state: 'done', tries: 10 } });
  });

  it('gives up after three days', async () => {
    const w = world({ event: false });
    await announce(RUN_ID, 1, 'end', w.deps);
    const since = w.clock.now;
    for (let i = 0; i < 200 && w.notices().open > 0; i++) {
      w.onSend.push(refuse);
      await deliver(ended, 'notices.1', w.deps);
      w.clock.now = Date.parse(w.notices().mail.notBefore!);
    }
    expect(w.notices()).toMatchObject({ open: 0, mail: { state: 'given-up' } });
    expect(Math.round((w.clock.now - since) / MINUTE / 60 / 24)).toBe(3);
  });

  it('sends one though the other was not taken', async () => {
    const w = world();
    await announce(RUN_ID, 1, 'end', w.deps);
    w.onSend.push(refuse);
    await deliver(ended, 'notices.1', w.deps);
    expect(w.notices()).toMatchObject({ open: 1, event: { state: 'due' }, mail: { state: 'done' } });
  });

  it('leaves a fresh claim of somebody else alone, and takes over an old one', async () => {
    const w = world({ event: false });
    await announce(RUN_ID, 1, 'end', w.deps);
    const stored = w.documents.get('notices.1')!;
    const claimedAt = new Date(w.clock.now).toISOString();
    stored.document.mail = { state: 'claimed', claimedBy: 'somebody', claimedAt, tries: 1 };
    w.clock.now += 2 * MINUTE - 1;
    await deliver(ended, 'notices.1', w.deps);
    expect(w.sent).toEqual([]);
    w.clock.now += 1;
    await deliver(ended, 'notices.1', w.deps);
    expect(w.sent).toEqual(['mail end 1']);
    expect(w.notices()).toMatchObject({ open: 0, mail: { state: 'done', tries: 2 } });
  });

  it('takes over a claim that does not say when it was made', async () => {
    const w = world({ event: false });
    await announce(RUN_ID, 1, 'end', w.deps);
    w.documents.get('notices.1')!.document.mail = { state: 'claimed', claimedBy: 'somebody', tries: 1 };
    await deliver(ended, 'notices.1', w.deps);
    expect(w.notices().mail.state).toBe('done');
  });

  it('sends once when two deliver at the same time', async () => {
    const w = world();
    await announce(RUN_ID, 1, 'end', w.deps);
    await Promise.all([deliver(ended, 'notices.1', w.deps), deliver(ended, 'notices.1', w.deps)]);
    expect(w.sent.toSorted()).toEqual(['event end 1', 'mail end 1']);
    expect(w.notices().open).toBe(0);
  });

  it('is marked though somebody wrote the other notice while it was sent', async () => {
    const w = world();
    await announce(RUN_ID, 1, 'end', w.deps);
    w.onSend.push(() => {
      const stored = w.documents.get('notices.1')!;
      const claimedAt = new Date(w.clock.now).toISOString();
      stored.document.mail = { state: 'claimed', claimedBy: 'somebody', claimedAt, tries: 1 };
      stored.etag++;
    });
    await deliver(ended, 'notices.1', w.deps);
    expect(w.notices()).toMatchObject({
      open: 1,
      event: { state: 'done' },
      mail: { state: 'claimed', claimedBy: 'somebody' },
    });
  });

  it('leaves the mark to whoever took over its claim', async () => {
    const w = world({ mail: false });
    await announce(RUN_ID, 1, 'end', w.deps);
    w.onSend.push(() => {
      const stored = w.documents.get('notices.1')!;
      stored.document.event = { ...stored.document.event, claimedBy: 'somebody', tries: 2 };
      stored.etag++;
    });
    await deliver(ended, 'notices.1', w.deps);
    expect(w.notices().event).toMatchObject({ state: 'claimed', claimedBy: 'somebody' });
  });

  it('sends only the mails that are wanted', async () => {
    const w = world({ event: false });
    const deps: NoticesDeps = { ...w.deps, mails: ['failed'] };
    for (const kind of ['start', 'stalled'] as const) {
      await announce(RUN_ID, 0, kind, deps);
      expect(w.notices(noticesIdOf(kind, 0))).toMatchObject({ open: 0, mail: { state: 'off' } });
    }
    await announce(RUN_ID, 1, 'end', deps);
    await deliver(ended, 'notices.1', deps);
    expect(w.notices()).toMatchObject({ open: 0, mail: { state: 'off' } });
    await announce(RUN_ID, 2, 'end', deps);
    await deliver(runOf({ status: 'failed', revision: 2 }), 'notices.2', deps);
    expect(w.sent).toEqual(['mail end 2']);
    await announce(RUN_ID, 3, 'end', { ...deps, mails: ['started', 'stalled'] });
    expect(w.notices('notices.3')).toMatchObject({ open: 0, mail: { state: 'off' } });
  });

  it('sends nothing of what was switched off since it was announced', async () => {
    const w = world();
    await announce(RUN_ID, 1, 'end', w.deps);
    await deliver(ended, 'notices.1', { ...w.deps, mail: undefined });
    expect(w.sent).toEqual(['event end 1']);
    expect(w.notices().open).toBe(0);
  });
});
