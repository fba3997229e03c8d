/** Each invariant is found broken where it is broken, and only there. */
import { RUN_COMPLETED } from '@github-repo-stats/shared/topology';
import { expect, it } from 'vitest';
import { documentOf, evidence, rowOf } from './evidence.fixture.ts';
import type { Evidence } from './evidence.ts';
import { violations } from './invariants.ts';

it('finds nothing in a run of which all holds', () => {
  expect(violations(evidence())).toEqual([]);
});

const archiveOf = ({ archived }: Evidence) => archived as Exclude<Evidence['archived'], string>;
const entriesOf = ({ outcomes }: Evidence) => outcomes[0]!.entries;

/** What is done to good evidence, and the sentence that must be among what is found. */
const BROKEN: Record<string, [harm: (e: Evidence) => void, found: string]> = {
  'a run that goes on': [(e) => (e.run.status = 'running'), 'run 1611127298 has not ended: it is running'],
  'a source that is lost': [(e) => e.sources.pop(), 'the number of sources is 0, and should be 1'],
  'a source without its last page': [
    (e) => (e.plans[0]!.last = false),
    'source s00001 has neither a last plan nor failed',
  ],
  'a source that failed': [
    (e) => Object.assign(e.sources[0]!, { failedCount: 1, reason: 'timeout' }),
    'source s00001 failed: timeout',
  ],
  'a dropped outcome': [
    (e) => delete entriesOf(e)['acme/repo-1'],
    'what is settled lacks acme/repo-1 of batch b-s00001-00001-1',
  ],
  'an outcome that is pending': [
    (e) => (entriesOf(e)['acme/repo-1']!.state = 'pending'),
    'what is settled lacks acme/repo-1 of batch b-s00001-00001-1',
  ],
  'a count of pending names': [
    (e) => (e.outcomes[0]!.pending = 1),
    'batch b-s00001-00001-1 counts 1 as pending',
  ],
  'an outcome that nobody planned': [
    (e) => (entriesOf(e)['acme/other'] = { state: 'created', attempt: 1 }),
    'what is settled has acme/other of batch b-s00001-00001-1, which should not be there',
  ],
  'a batch with two outcomes': [
    (e) => e.outcomes.push(structuredClone(e.outcomes[0]!)),
    'batch b-s00001-00001-1 has two outcomes',
  ],
  'a name that is planned twice in a batch': [
    (e) => e.plans[0]!.batches[0]!.repos.push({ nameWithOwner: 'acme/repo-1', id: 'R_1' }),
    'acme/repo-1 of batch b-s00001-00001-1 is planned twice',
  ],
  'a failure without a reason': [
    (e) => delete entriesOf(e)['acme/repo-3']!.reason,
    'acme/repo-3 failed without a named reason',
  ],
  'a failure for nothing': [
    (e) => e.failing.size && (e.failing = new Map()),
    'acme/repo-3 failed as not-found in attempt 1, for which nothing was done to it',
  ],
  'a failure that was given up too early': [
    (e) => Object.assign(entriesOf(e)['acme/repo-3']!, { reason: 'timeout', attempt: 4 }),
    'acme/repo-3 failed as timeout in attempt 4, for which nothing was done to it',
  ],
  'a repository that was not listed': [
    (e) => (e.truths = e.truths.map((rows) => [...rows, rowOf(4)])),
    'acme/repo-4 was there all the time, and was not planned',
  ],
  'numbers that are not true': [
    (e) => (e.stats[0]!.stars = 99),
    'the statistics acme.repo-1.1611127298 were true at no time of the run',
  ],
  'a document that is missing': [(e) => e.stats.pop(), 'what is stored lacks acme/repo-2'],
  'a document that nothing tells of': [
    (e) => e.stats.push(documentOf(rowOf(3))),
    'what is stored has acme/repo-3, which should not be there',
  ],
  'a repository that is stored twice': [
    (e) => e.stats.push({ ...documentOf(rowOf(1)), repo: 'acme/renamed' }),
    'repository R_1 is stored twice for the run: acme/repo-1 and acme/renamed',
  ],
  'a revision that is not archived': [(e) => e.marks.pop(), 'revision 1 has no mark of the archive'],
  'a mark that counts otherwise': [
    (e) => (e.marks[0]!.rows = 3),
    'the mark of the archive has 3 rows, the run 2 created',
  ],
  'an archive that is damaged': [
    (e) => (e.archived = 'part-1.parquet is not what its manifest says'),
    'the archive cannot be read: part-1.parquet is not what its manifest says',
  ],
  'a manifest that is left of an earlier revision': [
    (e) => (archiveOf(e).manifest.revision = 2),
    'the manifest is of revision 2, the run of 1',
  ],
  'a document that is not archived': [
    (e) => archiveOf(e).documents.pop(),
    'acme.repo-2.1611127298 is stored and not archived',
  ],
  'an archived document that is not stored': [
    (e) => archiveOf(e).documents.push({ ...documentOf(rowOf(3)) }),
    'acme.repo-3.1611127298 is archived and not stored',
  ],
  'a document that is archived twice': [
    (e) => archiveOf(e).documents.push({ ...documentOf(rowOf(1)) }),
    '1 documents are archived twice',
  ],
  'a document that is archived with other numbers': [
    (e) => (archiveOf(e).documents[0]!['stars'] = 99),
    'acme.repo-1.1611127298 is archived otherwise than it is stored',
  ],
  'a row that is missing': [(e) => e.rows.pop(), 'repository R_1 is stored and has no row'],
  'a row of nothing that is stored': [(e) => e.stats.pop(), 'repository R_2 has a row and is not stored'],
  'a row twice': [(e) => e.rows.push(e.rows[0]!), '2 repositories have two rows'],
  'a row with other numbers': [
    (e) => (e.rows[0]!.columns.stars[0] = 99),
    'the row of R_1 has another stars than its document',
  ],
  'a revision without a summary': [(e) => (e.summary = undefined), 'revision 1 has no summary'],
  'a sum that is wrong': [
    (e) => (e.summary!.totals!.stars = 4),
    'the summary has 4 stars, and what is stored has 3',
  ],
  'a summary whose sums do not add up': [
    (e) => {
      const found = { state: 'failed' as const, measured: 1, warn: 0, fail: 0.01, said: '' };
      const examples = [{ what: 'rows and stored repositories', said: '1 and 2' }];
      e.summary!.quality = { checks: { 'sums-add-up': { ...found, examples } }, held: false };
    },
    'the check of sums found rows and stored repositories: 1 and 2',
  ],
  'a summary of something else': [
    (e) => (e.summary!.created = 3),
    'the summary tells of 3 created and 1 failed, the run of 2 and 1',
  ],
  'a name that is created twice': [
    (e) => (entriesOf(e)['acme/repo-2']!.as = 'acme/repo-1'),
    'acme/repo-1 counts as created twice',
  ],
  'a total that is too high': [
    (e) => (e.run.totalCreatedCount = 3),
    'totalCreatedCount is 3, and should be 2',
  ],
  'a failure that is not counted': [
    (e) => (e.run.totalFailedCount = 0),
    'totalFailedCount is 0, and should be 1',
  ],
  'a duplicate out of nothing': [
    (e) => (e.run.totalDuplicateCount = 1),
    'totalDuplicateCount is 1, and should be 0',
  ],
  'reasons that do not add up': [
    (e) => (e.run.failuresByReason = {}),
    'the sum of failuresByReason is 0, and should be 1',
  ],
  'a name that is not listed as created': [
    (e) => (e.run.createdList = 'acme/repo-1'),
    'createdList lacks acme/repo-2',
  ],
  'a name that is listed as failed': [
    (e) => (e.run.failedList += ',acme/repo-1'),
    'failedList has acme/repo-1, which should not be there',
  ],
  'counts of an outcome that differ from its entries': [
    (e) => (e.outcomes[0]!.created = 1),
    'the sum of created in the outcomes is 1, and should be 2',
  ],
  'an event that was never sent': [
    (e) => e.events.pop(),
    `Event Grid never took ${RUN_COMPLETED} 1611127298.1`,
  ],
  'an event of a revision that never was': [
    (e) => e.events.push({ ...e.events[0]!, id: '1611127298.2' }),
    `Event Grid took ${RUN_COMPLETED} 1611127298.2, which no revision sent`,
  ],
  'an event that tells other totals': [
    (e) => (e.events[0]!.data = { totalCreatedCount: 1 }),
    'the last event tells of 1 created, the run of 2',
  ],
  'an event of a run that goes on': [
    (e) => (e.events[0]!.data['status'] = 'running'),
    'the event 1611127298.1 says that the run is running',
  ],
  'an event that is overtaken by nothing': [
    (e) => (e.notices[1]!.event.state = 'overtaken'),
    'the event of revision 1 is overtaken',
  ],
  'a notice that is open': [(e) => (e.notices[1]!.open = 1), '1 of the notices notices.1 are not sent'],
  'a revision that was never announced': [(e) => e.notices.pop(), 'what is announced lacks revision 1'],
  'a mail that was given up': [
    (e) => (e.notices[1]!.mail.state = 'given-up'),
    'the mail of notices.1 is given-up',
  ],
  'a mail that is marked and never came': [
    (e) => e.mailSubjects.pop(),
    '2 mails are marked as sent, and 1 came',
  ],
  'two calls at once': [
    (e) => (e.calls.tokens['first']!.maxInFlight.stats = 2),
    '2 stats calls of first were in flight at once',
  ],
  'a call in spite of a limit': [
    (e) => (e.calls.tokens['first']!.callsLateWhileLimited = 1),
    '1 calls of first began more than 1 s after GitHub had said to wait',
  ],
  'a message that nobody took': [
    (e) => e.queues['write']!.waiting.push('lost:1:0'),
    'lost:1:0 still lies in the queue write',
  ],
  'a dead letter that the plan did not make': [
    (e) => e.queues['write']!.deadLetters.push('batch:1:0'),
    'the dead letters of write has batch:1:0, which should not be there',
  ],
  'a dead letter that is gone': [
    (e) => e.queues['fetch']!.deadLetters.pop(),
    'the dead letters of fetch lacks garbage-1',
  ],
};

it.each(Object.keys(BROKEN))('finds %s', (what) => {
  const harmed = evidence();
  const [harm, found] = BROKEN[what]!;
  harm(harmed);
  expect(violations(harmed)).toContain(found);
});
