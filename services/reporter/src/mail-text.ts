/** What the mails say: subject, plain text and HTML, both together of at most 40 KB. */
import type { Run } from '@github-repo-stats/shared/documents';
import { raisedBy } from './alerts.ts';
import { alertsSection } from './mail-alerts.ts';
import { eventsOf, moversOf, orgsOf, spanOf, windowOf } from './mail-change.ts';
import { shortened, type MailContent, type Section } from './mail-content.ts';
import { failuresOf } from './mail-failures.ts';
import { mailHtml } from './mail-html.ts';
import { mailName } from './mail-name.ts';
import { plainText } from './mail-plain.ts';
import { qualitySection, qualityTroubles } from './mail-quality.ts';
import { count, counted, duration, shortText, signed, utc } from './mail-words.ts';
import type { NoticeKind } from './notices.ts';
import { stateOf } from './quality/quality.ts';
import type { Summary } from './summary.ts';

export interface MailText {
  subject: string;
  text: string;
  html: string;
}

/** All that a mail is made of. */
export interface MailFacts {
  run: Run;
  kind: NoticeKind;
  /** Of the revision; undefined for other than ends. */
  summary: Summary | undefined;
  /** Revisions whose alerts are to be told: this one, and earlier ones whose own mail never went out. */
  revisions: readonly number[];
  nextRunAt: Date | undefined;
  /** Where people reach the dashboard. */
  dashboard: string | undefined;
}

/** Mail programs cut what is longer: Gmail at 102 KB, on telephones from 20 KB on. */
const MOST_BYTES = 40 * 1024;

export function mailText(facts: MailFacts): MailText {
  const content = contentOf(facts);
  for (let share = 1; ; share /= 2) {
    const short = share === 1 ? content : shortened(content, share < 0.01 ? 0 : share);
    const written = { subject: content.subject, text: plainText(short), html: mailHtml(short) };
    if (share < 0.01 || Buffer.byteLength(written.text + written.html) <= MOST_BYTES) return written;
  }
}

function contentOf(facts: MailFacts): MailContent {
  const { run, kind } = facts;
  const about = `(run ${run.id})`;
  const next = nextRun(facts);
  const name = mailName(run, kind);
  const all = {
    link: linkOf(facts),
    footer: `This is the mail “${name}” of run ${run.id}. Which mails are sent is the setting SendGrid_Mails.`,
  };
  if (kind === 'start') {
    const sentence = `Run ${run.id} started at ${utc(run.startedAt)} with ${counted(run.sourcesTotal, 'source')}.`;
    const title = 'Run started';
    return {
      ...all,
      subject: `Github stats: run started ${about}`,
      preheader: sentence,
      isTrouble: false,
      title,
      sentence,
      sections: next,
    };
  }
  if (kind === 'stalled') {
    const sentence = `Run ${run.id} makes no progress since ${utc(run.progressAt)}: ${count(run.totalReceived)} of ${count(run.totalPlanned)} planned repositories are settled.`;
    const why = shortText(run.stalledCause ?? 'The cause is not known.', 2000);
    const then =
      'It goes on by itself when the cause is gone; after 24 hours what is missing is settled as failed.';
    return {
      ...all,
      subject: `Github stats: run is stuck ${about}`,
      preheader: shortText(why),
      isTrouble: true,
      title: 'Run is stuck',
      sentence,
      sections: [section('Why', why), section('What now', then), ...next],
    };
  }
  return { ...all, ...endOf(facts, about), sections: [...sectionsOfEnd(facts), ...next] };
}

function endOf(
  { run, summary, revisions }: MailFacts,
  about: string,
): Pick<MailContent, 'subject' | 'preheader' | 'isTrouble' | 'title' | 'sentence'> {
  const { totalCreatedCount: ok, totalFailedCount: bad, totalReceived: of, failedSources } = run;
  const alerts = raisedBy(summary?.alerts, revisions).total;
  const stored = `${count(ok)} of ${count(of)} repositories`;
  const troubles = [
    ...(bad > 0 ? [`${count(bad)} failed`] : []),
    ...(failedSources.length > 0 ? [`${counted(failedSources.length, 'source')} not read`] : []),
    ...(alerts > 0 ? [counted(alerts, 'alert')] : []),
    ...qualityTroubles(summary?.quality),
  ];
  const nothing = run.status === 'failed';
  const isWrong = summary?.quality !== undefined && stateOf(summary.quality) === 'failed';
  const failures = nothing || bad > 0 || failedSources.length > 0;
  const result = nothing ? 'run failed, nothing could be collected' : [stored, ...troubles].join(', ');
  const again = run.revision > 1 ? `, revision ${run.revision}` : '';
  return {
    subject: `Github stats: ${result} ${about}`,
    preheader:
      movement(summary) ?? `Run ${run.id} took ${duration(run.startedAt, run.endedAt ?? run.progressAt)}.`,
    isTrouble: failures || isWrong,
    title: nothing
      ? 'Run failed'
      : failures
        ? 'Run completed, with failures'
        : isWrong
          ? 'Run completed, with numbers that look wrong'
          : 'Run completed',
    sentence: `Run ${run.id}${again}: ${[`${stored} stored in ${duration(run.startedAt, run.endedAt ?? run.progressAt)}`, ...troubles].join(', ')}.`,
  };
}

/** The change of all, and who had the most of it. */
function movement(summary: Summary | undefined): string | undefined {
  const window = summary && windowOf(summary);
  const since = window && summary.change?.[window];
  if (!since) return undefined;
  const most = summary.movers?.stars[window].up[0];
  const led = most ? `, most of all ${most.repo} (${signed(most.by)})` : '';
  return `${signed(since.stars)} stars ${spanOf(window, summary)}${led}.`;
}

function sectionsOfEnd({ run, summary, revisions }: MailFacts): Section[] {
  const { costs } = run;
  const cost = `GitHub: ${counted(costs.githubCalls, 'call')}, ${counted(costs.githubPoints, 'point')}, ${costs.githubSeconds.toFixed(1)} s. Cosmos DB: ${count(Math.round(costs.requestUnits))} RU. All of it took ${duration(run.startedAt, run.endedAt ?? run.progressAt)}.`;
  return [
    ...failuresOf(run),
    ...qualitySection(summary?.quality),
    ...alertsSection(raisedBy(summary?.alerts, revisions)),
    ...(summary ? [...moversOf(summary), ...orgsOf(summary), ...eventsOf(summary)] : []),
    ...takenOver(run),
    section('Cost', cost),
  ];
}

/** Names whose numbers are another repository's from now on. */
function takenOver({ takenOver: taken = [], takenOverTotal = 0 }: Run): Section[] {
  const items = taken.slice(0, 5).map(({ repo }) => ({ what: repo, under: [] }));
  const title = 'Names that belong to another repository than before';
  return items.length > 0 ? [{ title, part: { kind: 'list', items, total: takenOverTotal } }] : [];
}

const section = (title: string, text: string): Section => ({ title, part: { kind: 'text', text } });

const nextRun = ({ nextRunAt }: MailFacts): Section[] =>
  nextRunAt ? [section('Next run', `By the schedule at ${utc(nextRunAt)}.`)] : [];

/** No key stands in it: whoever follows it signs in there. */
const linkOf = ({ run, dashboard }: MailFacts): MailContent['link'] =>
  dashboard === undefined
    ? undefined
    : {
        text: 'This run in the dashboard',
        address: new URL(`?view=run&run=${run.id}`, dashboard.replace(/\/*$/, '/')).href,
      };
