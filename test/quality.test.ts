/** Data quality over the whole pipeline: a good run passes; one whose numbers look wrong says so, its event waits, and a person lets it go. */
import { randomUUID } from 'node:crypto';
import type { Run } from '@github-repo-stats/shared/documents';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OrderState, Overview, RunDetail } from '../services/reporter/src/api/contract.ts';
import { RunList } from '../services/reporter/src/api/run-list-contract.ts';
import { openChromium, withoutBrowser } from './chromium.ts';
import { Pipeline } from './pipeline.ts';

const SOURCES = { fullOrgs: [{ orgName: 'acme' }, { orgName: 'globex' }] };

describe('data quality', () => {
  let pipeline: Pipeline;
  let browser: Browser | undefined;
  const runs: Run[] = [];

  const collect = async (): Promise<void> =>
    void runs.push(await pipeline.ended(await pipeline.run(SOURCES)));
  const detail = async ({ id }: Run): Promise<RunDetail> =>
    RunDetail.parse(await (await pipeline.reporter(`api/runs/${id}`)).json());
  const states = async (run: Run): Promise<Record<string, string>> =>
    Object.fromEntries((await detail(run)).quality!.checks.map(({ check, state }) => [check, state]));
  /** Of the runs as they are listed, by their ids. */
  const listed = async (): Promise<Record<string, string | null>> => {
    const { items } = RunList.parse(await (await pipeline.reporter('api/runs')).json());
    return Object.fromEntries(items.map(({ runId, quality }) => [runId, quality]));
  };
  const eventIds = async (): Promise<string[]> => (await pipeline.events()).map(({ id }) => id);
  const subjectOf = async ({ id }: Run): Promise<string> =>
    (await pipeline.mails()).map(({ subject }) => subject).findLast((s) => s.includes(id))!;

  /** Orders, and waits until the scheduler has carried it out. */
  async function ordered(order: object): Promise<OrderState> {
    const path = `api/orders/${randomUUID()}`;
    const headers = { 'content-type': 'application/json', 'x-requested-by': 'test' };
    await pipeline.reporter(path, { method: 'POST', headers, body: JSON.stringify(order) });
    for (;;) {
      await sweep('scheduler');
      const state = OrderState.parse(await (await pipeline.reporter(path)).json());
      if (state.status !== 'due') return state;
    }
  }
  const sweep = (app: 'scheduler' | 'reporter') =>
    fetch(`http://127.0.0.1:${pipeline.supervisor.ports[app]}/admin/functions/sweep`, {
      method: 'POST',
      body: '{}',
    });

  beforeAll(async () => {
    if (!withoutBrowser) browser = await openChromium();
    pipeline = await Pipeline.start({
      world: { repositories: 160, owners: [{ login: 'acme' }, { login: 'globex' }] },
      settings: { Quality_Holds_Event: 'true' },
      durationScale: 0.05,
    });
    await collect();
    await collect();
    const truth = await pipeline.truth();
    const own = truth.filter(({ repo }) => repo.startsWith('acme/')).map(({ repo }) => repo);
    await pipeline.happens(
      // Most of what acme has is gone, and what is left lost its merged pull requests.
      ...own.slice(0, -20).map((repository) => ({ event: 'delete', repository })),
      ...own.slice(-20).map((repository) => ({ event: 'change', repository, facts: { mergedPRs: 0 } })),
    );
    await collect();
  });
  afterAll(async () => {
    await browser?.close();
    await pipeline?.stop();
  });

  it('skips in the first run what needs one before, and passes the rest', async () => {
    expect(await states(runs[0]!)).toEqual({
      'complete-against-plan': 'passed',
      'complete-against-previous': 'skipped',
      'sums-add-up': 'passed',
      'only-rising': 'skipped',
      'owner-shrank': 'skipped',
      'stuck-source': 'skipped',
      outliers: 'skipped',
    });
  });

  it('passes a run that is as the one before, and its event goes out', async () => {
    const { quality } = await detail(runs[1]!);
    expect(quality).toMatchObject({ state: 'passed', isEventHeld: false });
    expect(quality!.checks.filter(({ state }) => state === 'skipped').map(({ check }) => check)).toEqual([
      'stuck-source',
    ]);
    expect(await eventIds()).toEqual([`${runs[0]!.id}.1`, `${runs[1]!.id}.1`]);
    const [, event] = await pipeline.events();
    expect(event!.data['quality']).toBe('passed');
    expect(await subjectOf(runs[1]!)).not.toContain('check');
  });

  it('tells when an owner shrank and numbers fell, in page, mail, event and log, and keeps the run', async () => {
    const run = runs[2]!;
    expect(run.status).toBe('completed');
    const { quality } = await detail(run);
    expect(quality).toMatchObject({ state: 'failed', isEventHeld: true });
    const of = (name: string) => quality!.checks.find(({ check }) => check === name)!;
    expect(of('owner-shrank')).toMatchObject({ state: 'failed' });
    expect(of('owner-shrank').examples.map(({ what, said }) => `${what} ${said}`)).toContainEqual(
      expect.stringMatching(/^acme had repositories \d+, now 20$/),
    );
    expect(of('only-rising')).toMatchObject({ state: 'failed' });
    expect(of('only-rising').examples.length).toBeGreaterThan(0);
    expect(of('complete-against-previous').state).toBe('failed');
    expect(of('sums-add-up').state).toBe('passed');
    const overview = Overview.parse(await (await pipeline.reporter('api/overview')).json());
    expect(overview.quality?.failed).toContain('owner-shrank');
    expect(await subjectOf(run)).toMatch(/ checks failed.*, event held back \(run \d+\)$/);
    expect(pipeline.logs.find((r) => r.message === 'numbers checked' && r.runId === run.id)).toMatchObject({
      state: 'failed',
      held: 'true',
    });
  });

  it('tells in the list of runs the worst of each, or that its event is held back', async () => {
    const [first, second, third] = runs.map(({ id }) => id) as [string, string, string];
    expect(await listed()).toEqual({ [first]: 'passed', [second]: 'passed', [third]: 'held' });
    const csv = (await (await pipeline.reporter('api/runs?format=csv')).text()).split('\r\n');
    expect(csv[0]).toMatch(/,quality$/);
    expect(csv[1]).toMatch(new RegExp(`^${third},.*,held$`));
  });

  it('holds its event back, whoever sweeps', async () => {
    await sweep('reporter');
    expect(await eventIds()).toHaveLength(2);
    expect((await pipeline.notices(runs[2]!.id, 1))!.event.state).toBe('held');
  });

  it('checks a revision anew, and holds its event back as well', async () => {
    const batches = (await pipeline.outcomes(runs[2]!.id)).map((o) => o.batchId);
    await pipeline.api(`runs/${runs[2]!.id}/rerun`, { method: 'POST', body: JSON.stringify({ batches }) });
    await pipeline.ended(runs[2]!.id, 2);
    expect((await pipeline.notices(runs[2]!.id, 2))!.event.state).toBe('held');
    expect(await eventIds()).toHaveLength(2);
  });

  it.skipIf(withoutBrowser)('shows each check on the page of the run, and a hint on the first', async () => {
    const page = await browser!.newPage();
    const origin = `http://127.0.0.1:${pipeline.supervisor.ports.reporter}`;
    await page.goto(`${origin}/`);
    await page.getByText('The numbers of the last run look wrong').waitFor();
    await page.getByRole('link', { name: /checks failed/ }).click();
    await page.getByRole('heading', { name: 'Data quality' }).waitFor();
    const table = page.getByRole('region', { name: 'Checks of the numbers' });
    expect(await table.getByRole('row').count()).toBe(8);
    expect(await table.getByRole('row', { name: /No owner shrank/ }).innerText()).toContain('acme');
    expect(await page.getByRole('button', { name: 'Release the event' }).count()).toBe(1);
    await page.goto(`${origin}/?view=runs`);
    await page.getByRole('link', { name: 'event held back' }).click();
    await page.getByRole('heading', { name: 'Data quality' }).waitFor();
    await page.close();
  });

  it('lets the event go when a person releases it, once', async () => {
    const run = runs[2]!.id;
    expect(await ordered({ kind: 'release', run })).toMatchObject({
      status: 'done',
      result: { revision: 2 },
    });
    while ((await pipeline.notices(run, 2))!.open > 0) await sweep('reporter');
    const events = await pipeline.events();
    expect(events.map(({ id }) => id).slice(2)).toEqual([`${run}.2`]);
    expect(events.at(-1)!.data['quality']).toBe('failed');
    expect((await listed())[run]).toBe('failed');
    let told = await detail(runs[2]!);
    // What is known of runs is kept for a moment.
    while (told.run.revision < 2) told = await detail(runs[2]!);
    expect(told.quality).toMatchObject({ state: 'failed', isEventHeld: false });
    expect(await ordered({ kind: 'release', run })).toMatchObject({
      status: 'refused',
      problem: `The event of run ${run} is not held back`,
    });
  });
});
