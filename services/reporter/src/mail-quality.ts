/** What a mail says of the checks of a run's numbers: those that did not pass, by name and with examples, or one line when all did. */
import type { ListItem, Section } from './mail-content.ts';
import { counted, someOf } from './mail-words.ts';
import { percent } from './quality/finding.ts';
import { checksIn, type Quality, type QualityResult } from './quality/quality.ts';

/** Examples that a mail names of each check. */
const EXAMPLES = 5;
const HELD =
  'Its event is held back: collect again what is wrong, or release it on the page of the run when the numbers are right.';

/** For the subject: `1 check failed`, `2 checks warned`, `event held back`. */
export function qualityTroubles(quality: Quality | undefined): string[] {
  if (!quality) return [];
  const told = (['failed', 'warned'] as const).flatMap((state) => {
    const n = checksIn(quality, state).length;
    return n > 0 ? [`${counted(n, 'check')} ${state}`] : [];
  });
  return quality.held ? [...told, 'event held back'] : told;
}

export function qualitySection(quality: Quality | undefined): Section[] {
  if (!quality) return [];
  const told = [...checksIn(quality, 'failed'), ...checksIn(quality, 'warned')];
  const title = 'Data quality';
  if (told.length === 0) {
    const text = passedLine(quality);
    return text === undefined ? [] : [{ title, part: { kind: 'text', text } }];
  }
  const items = told.map((check): ListItem => {
    const result = quality.checks[check]!;
    return { what: `${check}: ${limitsOf(result)}`, under: underOf(result) };
  });
  const held: ListItem[] = quality.held ? [{ what: 'Event held back', under: [HELD] }] : [];
  const all = [...held, ...items];
  return [{ title, part: { kind: 'list', items: all, total: all.length } }];
}

const limitsOf = ({ state, measured, warn, fail }: QualityResult): string =>
  `${state} with ${percent(measured ?? 0)}, more than ${percent(state === 'failed' ? fail : warn)}`;

const underOf = ({ said, examples }: QualityResult): string[] => {
  const named = examples.slice(0, EXAMPLES).map(({ what, said: odd }) => `${what}: ${odd}`);
  return [`${said}.`, ...(named.length > 0 ? [someOf(named, examples.length)] : [])];
};

/** Undefined when nothing was checked at all. */
function passedLine(quality: Quality): string | undefined {
  const [passed, skipped] = [checksIn(quality, 'passed').length, checksIn(quality, 'skipped').length];
  const not = skipped > 0 ? `, ${skipped} skipped since there is nothing to compare with` : '';
  return passed > 0 ? `${counted(passed, 'check')} of the numbers passed${not}.` : undefined;
}
