import type { Run } from '@github-repo-stats/shared/documents';
import type { Notices } from '@github-repo-stats/shared/notices';
import { RUN_ID } from '@github-repo-stats/shared/run.fixture';
import { describe, expect, it } from 'vitest';
import { releaseEvent } from './release-event.ts';

function world(event: Notices['event']['state'], run: Partial<Run> = {}) {
  const notices = new Map<string, Notices>();
  for (const revision of [1, 2])
    notices.set(`notices.${revision}`, {
      id: `notices.${revision}`,
      runId: RUN_ID,
      type: 'notices',
      revision,
      kind: 'end',
      open: 1,
      event: { state: event, tries: 0 },
      mail: { state: 'due', tries: 0 },
    });
  const release = (runId = RUN_ID) =>
    releaseEvent(runId, {
      readRun: (id) =>
        Promise.resolve(id === RUN_ID ? { status: 'completed', revision: 2, ...run } : undefined),
      changeNotices: (_runId, id, change) => {
        const next = change(notices.get(id)!);
        if (next) notices.set(id, next);
        return Promise.resolve();
      },
    });
  return { notices, release };
}

describe('releasing the event of a run', () => {
  it('makes that of the last revision due, beside what is still to be sent', async () => {
    const w = world('held');
    expect(await w.release()).toEqual({ revision: 2 });
    expect(w.notices.get('notices.2')).toMatchObject({ open: 2, event: { state: 'due', tries: 0 } });
    expect(w.notices.get('notices.1')).toMatchObject({ open: 1, event: { state: 'held' } });
  });

  it('is refused when it is not held back, or was released before', async () => {
    await expect(world('done').release()).rejects.toThrow('is not held back');
    const w = world('held');
    await w.release();
    await expect(w.release()).rejects.toThrow('is not held back');
  });

  it('is refused of a run that is unknown, or collected again', async () => {
    await expect(world('held').release('1000000000')).rejects.toThrow('There is no run 1000000000');
    await expect(world('held', { status: 'running' }).release()).rejects.toThrow('is collected again');
  });
});
