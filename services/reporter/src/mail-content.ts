/** What a mail is made of, before it is HTML and plain text: so that both say the same, and lists are cut before either is made. */

/** One entry of a list: what it is, in bold, and lines under it. */
export interface ListItem {
  what: string;
  under: readonly string[];
}

/** At most three columns, so that it fits a telephone; the first may wrap, the others are numbers. */
export type TableRow = readonly [string, string, string];

export type Part =
  | { kind: 'text'; text: string }
  | { kind: 'list'; items: readonly ListItem[]; total: number }
  | { kind: 'table'; columns: TableRow; rows: readonly TableRow[] };

export interface Section {
  title: string;
  part: Part;
}

export interface MailContent {
  subject: string;
  /** What mail programs show beside the subject. */
  preheader: string;
  /** Whether somebody has to do something. */
  isTrouble: boolean;
  title: string;
  sentence: string;
  /** To just that run; none where nobody said where the dashboard is. */
  link: { text: string; address: string } | undefined;
  sections: readonly Section[];
  /** Why this mail comes and how it is switched off. */
  footer: string;
}

/** With that share of each list and table; lists say how many more there are. */
export const shortened = (content: MailContent, share: number): MailContent => ({
  ...content,
  sections: content.sections.map(({ title, part }) => ({ title, part: shortenedPart(part, share) })),
});

function shortenedPart(part: Part, share: number): Part {
  const first = <T>(all: readonly T[]): T[] => all.slice(0, Math.floor(all.length * share));
  if (part.kind === 'list') return { ...part, items: first(part.items) };
  return part.kind === 'table' ? { ...part, rows: first(part.rows) } : part;
}
