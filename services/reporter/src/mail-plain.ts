/** Writes a mail as plain text. */
import type { MailContent, Part } from './mail-content.ts';
import { count } from './mail-words.ts';

const lines = (part: Part): string[] => {
  if (part.kind === 'text') return [part.text];
  if (part.kind === 'table') return [part.columns, ...part.rows].map((row) => `- ${row.join(' | ')}`);
  const more = part.total - part.items.length;
  return [
    ...part.items.flatMap(({ what, under }) => [`- ${what}`, ...under.map((line) => `  ${line}`)]),
    ...(more > 0 ? [`and ${count(more)} more`] : []),
  ];
};

export const plainText = ({ title, sentence, link, sections, footer }: MailContent): string =>
  `${[
    title,
    sentence,
    ...(link ? [`${link.text}: ${link.address}`] : []),
    ...sections.map((section) => [section.title, ...lines(section.part)].join('\n')),
    footer,
  ].join('\n\n')}\n`;
