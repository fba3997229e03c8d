import { FAILURE_REASONS, REASON_ADVICE } from '@github-repo-stats/shared/reasons';
import { runOf } from '@github-repo-stats/shared/run.fixture';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alertsOf } from './alerts.ts';
import { ALERTS, change, ended, factsOf, fullestFacts, summaryOf } from './mail.fixture.ts';
import { mailText } from './mail-text.ts';
import type { Run } from '@github-repo-stats/shared/documents';

const MOST = 40 * 1024;
const textOf = (run: Run): string => mailText(factsOf({ run })).text;
/** What a reader sees of HTML, without tags. */
const shown = (html: string): string =>
  html
    .replace(/^[^]*<main>/, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
const words = (text: string): string[] => text.split(/[\s|-]+/).filter(Boolean);

describe('subjects of mails', () => {
  it.each([
    ['a start', { run: runOf(), kind: 'start' }, 'run started'],
    ['a stalled run', { run: runOf({ status: 'stalled' }), kind: 'stalled' }, 'run is stuck'],
    ['an end with failures', {}, '5,998 of 6,000 repositories, 2 failed'],
    [
      'an end without failures',
      { run: { ...ended, totalCreatedCount: 6_000, totalFailedCount: 0 } },
      '6,000 of 6,000 repositories',
    ],
    [
      'an end at which nothing came',
      { run: { ...ended, status: 'failed' } },
      'run failed, nothing could be collected',
    ],
    [
      'alerts',
      { summary: summaryOf({ alerts: alertsOf(ALERTS) }) },
      '5,998 of 6,000 repositories, 2 failed, 8 alerts',
    ],
    [
      'a source that could not be read',
      { run: { ...ended, failedSources: [{ source: 'microsft', reason: 'not-found' }] } },
      '5,998 of 6,000 repositories, 2 failed, 1 source not read',
    ],
  ] as const)('tell of %s, and of which run', (_, facts, result) => {
    const subject = mailText(factsOf(facts as Parameters<typeof factsOf>[0])).subject;
    expect(subject).toBe(`Github stats: ${result} (run 1611127298)`);
  });
});

describe('texts of mails', () => {
  it('tell of an end in this order: what it came to, failures, movers, owners, events, cost, the next run', () => {
    const { text } = mailText(factsOf({ summary: summaryOf({ alerts: alertsOf(ALERTS) }) }));
    const parts = [
      'Run 1611127298, revision 2: 5,998 of 6,000 repositories stored in 1 h 4 min 5 s, 2 failed, 8 alerts.',
      'This run in the dashboard: https://stats.example.org/?view=run&run=1611127298',
      'What failed\n',
      'Alerts\n',
      'Most stars gained in 7 days\n',
      'Most stars lost in 7 days\n',
      'Organisations, change in 7 days\n',
      'Since the run before\n',
      'GitHub: 1,234 calls, 1,240 points, 61.3 s. Cosmos DB: 36,000 RU. All of it took 1 h 4 min 5 s.',
      'Next run\nBy the schedule at 2021-01-20 12:00 UTC.',
      'SendGrid_Mails',
    ];
    const places = parts.map((part) => text.indexOf(part));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it('name what failed for each reason, and what to do', () => {
    const text = textOf({
      ...ended,
      failuresByReason: { saml: 1, timeout: 7 },
      failedFirst: { saml: ['o/b'], timeout: ['o/1', 'o/2', 'o/3', 'o/4', 'o/5'] },
    });
    expect(text).toContain(
      [
        '- 7 × timeout: GitHub could not answer in time',
        '  Run these again.',
        '  o/1, o/2, o/3, o/4, o/5 and 2 more',
        '- 1 × saml: protected by SAML single sign-on',
        '  Authorise the token for the organisation.',
        '  o/b\n',
      ].join('\n'),
    );
  });

  it.each(FAILURE_REASONS)('have advice for %s', (reason) => {
    expect(textOf({ ...ended, failuresByReason: { [reason]: 3 } })).toContain(
      `3 × ${reason}: ${REASON_ADVICE[reason].what}`,
    );
  });

  it('bear a reason that this version does not know, and a run without names', () => {
    expect(textOf({ ...ended, failuresByReason: { unknown: 1 }, failedFirst: {} })).toContain(
      '1 × unknown\n',
    );
    const { failedFirst: _none, ...old } = ended;
    expect(textOf(old)).toContain('1 × saml');
  });

  it.each([
    ['2021-01-20T07:21:43.000Z', '5 s'],
    ['2021-01-20T07:23:38.000Z', '2 min 0 s'],
    ['2021-01-20T09:21:38.000Z', '2 h 0 min 0 s'],
  ])('spell the time until %s as %s', (endedAt, spelled) => {
    expect(textOf({ ...ended, endedAt })).toContain(`stored in ${spelled},`);
  });

  it('name sources that could not be read, and credentials that were refused', () => {
    const failedSources = [
      { source: 'microsft', reason: 'not-found' as const, detail: 'no such organisation or user' },
      { source: 'closed', reason: 'saml' as const },
    ];
    const text = textOf({ ...ended, failedSources, refusedCredentials: ['a', 'b'] });
    expect(text).toContain('Source microsft could not be read: not-found (no such organisation or user)\n');
    expect(text).toContain('Source closed could not be read: saml\n');
    expect(text).toMatch(/GitHub refused these credentials: a, b\n {2}Renew it in Github_Token or/);
  });

  it('name five that rose and five that fell, and owners with their change', () => {
    const { text } = mailText(factsOf());
    const lines = text.split('\n').filter((line) => line.includes(' | '));
    expect(lines.slice(0, 7)).toEqual([
      '- Repository | Stars | Change',
      ...[0, 1, 2, 3, 4].map((i) => `- acme/riser-${i} | 12,34${5 - i} | +${90 - i}`),
      '- Repository | Stars | Change',
    ]);
    expect(lines[7]).toBe('- acme/faller-0 | 12,345 | −90');
    expect(lines.slice(12)).toEqual([
      '- Owner | Repositories | Stars',
      '- acme | 6,000 | 100,000 (+500)',
      '- globex | 6,000 | 23,456',
    ]);
  });

  it('say in which time, when there is no run of 7 days before', () => {
    const without = (d7: null, previous: ReturnType<typeof change>['previous']) =>
      mailText(factsOf({ summary: summaryOf({ change: { ...change(28), d7, previous } }) })).text;
    expect(without(null, change(28).previous)).toContain(
      'Most stars gained since the run of 2021-01-20 01:21 UTC\n- Repository | Stars | Change\n- acme/riser-0 | 12,345 | +20\n',
    );
    const nothing = without(null, null);
    expect(nothing).not.toMatch(/gained|lost in|, change/);
    expect(nothing).toContain('Organisations\n');
  });

  it('tell what is new, gone, renamed and turned, the first five of each', () => {
    const { text } = mailText(factsOf());
    const told = /Since the run before\n([^]*?)\n\n/.exec(text)![1]!;
    expect(told.split('\n')).toEqual([
      '- New: 7',
      '  acme/n1, acme/n2, acme/n3, acme/n4, acme/n5 and 2 more',
      '- Gone: 1',
      '  acme/left',
      '- Access lost, most likely: globex',
      '  40 of 200 repositories are gone at once.',
      '- Renamed: 1',
      '  acme/old is now acme/young',
      '- Archived: 1',
      '  acme/kept',
      '- Made public: 1',
      '  acme/shown',
    ]);
    const moved = { total: 1, first: [{ from: 'acme/a', to: 'globex/a' }] };
    const events = { ...summaryOf().events, renamed: moved };
    expect(mailText(factsOf({ summary: summaryOf({ events }) })).text).toContain('Renamed or transferred: 1');
  });

  it('tell each alert, and count those that are not named', () => {
    const { text } = mailText(factsOf({ summary: summaryOf({ alerts: alertsOf(ALERTS) }) }));
    const told = /Alerts\n([^]*?)\n\n/
      .exec(text)![1]!
      .split('\n')
      .map((line) => line.trim());
    for (const line of [
      '- globex',
      '40 of 200 repositories are gone at once: most likely the credential lost access. Check what it may read.',
      'Gone: its owner lists it no more.',
      'Made private, or internal.',
      'Archived.',
      'Transferred to another owner: it was acme/moved.',
      'Renamed: it was acme/old.',
      '−100 stars (−5 %) in 7 days: now 1,900',
      '+40 open pull requests in 30 days: now 40',
    ])
      expect(told).toContain(line);
    const many = Array.from({ length: 33 }, (_, i) => ({ ...ALERTS[2]!, repo: `o/r${i}` }) as const);
    const alerts = alertsOf(many as typeof ALERTS);
    expect(mailText(factsOf({ summary: summaryOf({ alerts }) })).text).toContain('and 13 more\n');
  });

  it('tell alerts of the revision alone, and of those whose own mail never went out', () => {
    const first = ALERTS.map((alert) => ({ ...alert, revision: 1 }));
    const summary = summaryOf({ alerts: alertsOf([...first, ...ALERTS.slice(0, 1)]) });
    expect(mailText(factsOf({ summary })).subject).toContain(', 1 alert (run');
    expect(mailText(factsOf({ summary, revisions: [2, 1] })).subject).toContain(', 9 alerts (run');
  });

  it('name names that belong to another repository now', () => {
    const takenOver = [{ repo: 'o/c', was: 'R_1', is: 'R_2' }];
    const text = textOf({ ...ended, takenOver, takenOverTotal: 1 });
    expect(text).toContain('Names that belong to another repository than before\n- o/c\n');
  });

  it('tell why a run is stuck, as far as it is known', () => {
    const run = runOf({ status: 'stalled', totalPlanned: 10, totalReceived: 4 });
    const stalled = factsOf({ run, kind: 'stalled', summary: undefined });
    expect(mailText(stalled).text).toContain('The cause is not known.');
    const known = { ...stalled, run: { ...run, stalledCause: 'Dead letters in fetch: 3' } };
    expect(mailText(known).text).toContain('Dead letters in fetch: 3');
    expect(mailText(known).text).toContain('4 of 10 planned repositories are settled.');
  });

  it('link nothing and say no time where neither is known', () => {
    const { text, html } = mailText(factsOf({ dashboard: undefined, nextRunAt: undefined }));
    expect(text).not.toMatch(/dashboard|Next run/);
    expect(html).not.toContain('<a ');
  });

  it.each(['https://x.example', 'https://x.example/', 'https://x.example/stats/'])(
    'link the run under %s, without a key',
    (dashboard) => {
      const address = `${dashboard.replace(/\/$/, '')}/?view=run&run=1611127298`;
      expect(mailText(factsOf({ dashboard })).html).toContain(`href="${address.replace('&', '&amp;')}"`);
    },
  );

  it('say less of an end whose summary is not there', () => {
    expect(mailText(factsOf({ summary: undefined })).text).toContain('5,998 of 6,000 repositories');
  });
});

describe('HTML and plain text of a mail', () => {
  it.each([
    ['an end', factsOf({ summary: summaryOf({ alerts: alertsOf(ALERTS) }) })],
    ['the fullest end', fullestFacts()],
    ['a start', factsOf({ run: runOf(), kind: 'start', summary: undefined })],
  ])('say the same of %s, in the same order', (_, facts) => {
    const { html, text } = mailText(facts);
    // The link stands behind its words.
    const plain = text.replace(/: https:\S+/, '');
    expect(words(shown(html))).toEqual(words(plain));
  });

  it('have at most 40 KB, however much there is to say, and still the sentence, the link and the counts', () => {
    const { html, text, subject } = mailText(fullestFacts());
    expect(Buffer.byteLength(html + text)).toBeLessThanOrEqual(MOST);
    expect(text).toContain('Run 1611127298, revision 2');
    expect(text).toContain('?view=run&run=1611127298');
    expect(text).toContain('more');
    expect(subject).toContain('50 alerts');
  });

  it('have at most three columns', () => {
    const { html } = mailText(fullestFacts());
    for (const [row] of html.matchAll(/<tr>.*?<\/tr>/g))
      expect([...row.matchAll(/<t[hd][ >]/g)]).toHaveLength(3);
  });

  it('hold no HTML of anybody else, whatever is written in a source, a reason or a cause', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (a, b) => {
        const evil = `${a}<script>"'${b}&`;
        const run = { ...ended, failedSources: [{ source: evil, reason: 'saml' as const, detail: evil }] };
        const stalled = runOf({ status: 'stalled', stalledCause: evil });
        for (const facts of [factsOf({ run }), factsOf({ run: stalled, kind: 'stalled' })]) {
          const { html } = mailText(facts);
          expect(html.match(/<script/g)).toBeNull();
          // The tags are those of a mail without it.
          const tags = [...html.matchAll(/<\/?([a-z0-9!]+)/g)].map(([, tag]) => tag);
          const plain = {
            ...facts,
            run: {
              ...facts.run,
              stalledCause: 'x',
              failedSources: facts.run.failedSources.map((s) => ({ ...s, source: 'x', detail: 'x' })),
            },
          };
          const usual = [...mailText(plain).html.matchAll(/<\/?([a-z0-9!]+)/g)].map(([, tag]) => tag);
          expect(tags).toEqual(usual);
        }
      }),
    ));
});
