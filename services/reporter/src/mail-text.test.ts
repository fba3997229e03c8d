import { FAILURE_REASONS, REASON_ADVICE } from '@github-repo-stats/shared/reasons';
import { runOf } from '@github-repo-stats/shared/run.fixture';
import { describe, expect, it } from 'vitest';
import { mailText } from './mail-text.ts';

const ended = runOf({
  status: 'completed',
  revision: 2,
  endedAt: '2021-01-20T08:25:43.000Z',
  totalPlanned: 6_000,
  totalReceived: 6_000,
  totalCreatedCount: 5_998,
  totalFailedCount: 2,
  failedList: 'o/a,o/b',
  failuresByReason: { 'not-found': 1, saml: 1 },
  costs: { githubCalls: 1_234, githubPoints: 1_240, githubSeconds: 61.25, requestUnits: 36_000.4 },
});

describe('subjects of mails', () => {
  it.each([
    ['a start', runOf(), 'start', 'Github stats: run started (run 1611127298)'],
    ['a stalled run', runOf({ status: 'stalled' }), 'stalled', 'Github stats: run is stuck (run 1611127298)'],
    [
      'an end with failures',
      ended,
      'end',
      'Github stats: 5,998 of 6,000 repositories, 2 failed (run 1611127298)',
    ],
    [
      'an end without failures',
      { ...ended, totalCreatedCount: 6_000, totalFailedCount: 0 },
      'end',
      'Github stats: 6,000 of 6,000 repositories (run 1611127298)',
    ],
    [
      'an end at which nothing came',
      { ...ended, status: 'failed' as const },
      'end',
      'Github stats: run failed, nothing could be collected (run 1611127298)',
    ],
  ] as const)('tell of %s', (_, run, kind, subject) => {
    expect(mailText(run, kind).subject).toBe(subject);
  });
});

describe('texts of mails', () => {
  it('tell of an end: how long, what failed and what to do, what it cost', () => {
    const { text } = mailText(ended, 'end');
    expect(text).toContain('revision 2: 5,998 of 6,000 repositories stored in 1 h 4 min 5 s.');
    expect(text).toContain(`1 × saml: ${REASON_ADVICE.saml.what}; ${REASON_ADVICE.saml.todo}`);
    expect(text).toContain('Failed: o/a, o/b');
    expect(text).not.toContain('more');
    expect(text).toContain('GitHub: 1,234 calls, 1,240 points, 61.3 s. Cosmos DB: 36,000 RU.');
  });

  it.each([
    ['2021-01-20T07:21:43.000Z', '5 s'],
    ['2021-01-20T07:23:38.000Z', '2 min 0 s'],
    ['2021-01-20T09:21:38.000Z', '2 h 0 min 0 s'],
  ])('spell the time until %s as %s', (endedAt, spelled) => {
    expect(mailText({ ...ended, endedAt }, 'end').text).toContain(`stored in ${spelled}.`);
  });

  it('name twenty failed repositories at most, and how many more there are', () => {
    const failedList = Array.from({ length: 30 }, (_, i) => `o/r${i}`).join(',');
    const { text } = mailText({ ...ended, failedList, totalFailedCount: 1_030 }, 'end');
    expect(text).toContain('o/r19 and 1,010 more');
    expect(text).not.toContain('o/r20');
  });

  it.each(FAILURE_REASONS)('have advice for %s', (reason) => {
    const { text } = mailText({ ...ended, failuresByReason: { [reason]: 3 } }, 'end');
    expect(text).toContain(`3 × ${reason}: ${REASON_ADVICE[reason].what}`);
  });

  it('bear a reason that this version does not know', () => {
    expect(mailText({ ...ended, failuresByReason: { unknown: 1 } }, 'end').text).toContain('1 × unknown\n');
  });

  it('name sources that could not be read', () => {
    const failedSources = [
      { source: 'microsft', reason: 'not-found' as const, detail: 'no such organisation or user' },
      { source: 'closed', reason: 'saml' as const },
    ];
    const { text } = mailText({ ...ended, failedSources }, 'end');
    expect(text).toContain('Source microsft could not be read: not-found (no such organisation or user)');
    expect(text).toContain('Source closed could not be read: saml\n');
  });

  it('name renamed repositories and names taken over, twenty at most, and say nothing without them', () => {
    const renamed = Array.from({ length: 30 }, (_, i) => ({ from: `o/a${i}`, to: `o/b${i}` }));
    const takenOver = [{ repo: 'o/c', was: 'R_1', is: 'R_2' }];
    const told = { renamed, renamedTotal: 1_030, takenOver, takenOverTotal: 1 };
    const { text } = mailText({ ...ended, ...told }, 'end');
    expect(text).toContain('Renamed or transferred: o/a0 is now o/b0, o/a1 is now o/b1,');
    expect(text).toContain('o/a19 is now o/b19 and 1,010 more\n');
    expect(text).not.toContain('o/a20');
    expect(text).toContain('Names that belong to another repository than before: o/c\n');
    expect(mailText(ended, 'end').text).not.toMatch(/Renamed|Names that/);
  });

  it('name credentials that GitHub refused, and what to do', () => {
    const { text } = mailText({ ...ended, refusedCredentials: ['a', 'b'] }, 'end');
    expect(text).toContain('GitHub refused these credentials: a, b: renew them\n');
    expect(REASON_ADVICE.credentials.todo).toMatch(/Github_Token.*Github_Credentials/);
  });

  it('tell why a run is stuck, as far as it is known', () => {
    const stalled = runOf({ status: 'stalled', totalPlanned: 10, totalReceived: 4 });
    expect(mailText(stalled, 'stalled').text).toContain('The cause is not known.');
    const { text } = mailText({ ...stalled, stalledCause: 'Dead letters in fetch: 3' }, 'stalled');
    expect(text).toContain('Dead letters in fetch: 3');
    expect(text).toContain('4 of 10 planned repositories are settled.');
  });

  it('are escaped in HTML, and plain in plain text', () => {
    const source = `<script>alert("x")</script>&'`;
    const { html, text } = mailText({ ...ended, failedSources: [{ source, reason: 'forbidden' }] }, 'end');
    expect(text).toContain(source);
    expect(html).toContain('&#60;script&#62;alert(&#34;x&#34;)&#60;/script&#62;&#38;&#39;');
    expect(html).not.toContain('<script>');
  });

  it('say the same in HTML as in plain text', () => {
    const { html, text } = mailText(ended, 'end');
    const lines = [...html.matchAll(/<p [^>]*>(.*?)<\/p>/g)].map((m) => m[1]);
    expect(lines).toEqual(text.trim().split('\n\n'));
  });
});
