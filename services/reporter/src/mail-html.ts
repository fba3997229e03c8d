/** Writes a mail as HTML: one narrow column, light or dark as its reader has it, nothing from elsewhere. */
import { markup, textOf, type Html } from './html.ts';
import type { MailContent, Part } from './mail-content.ts';
import { count } from './mail-words.ts';

/** Wide enough for three columns; on a telephone as wide as that. Long names break anywhere, so that nothing scrolls sideways. */
const STYLE = markup` :root { color-scheme: light dark; supported-color-schemes: light dark; } body { margin: 0;
padding: 0; background: #ffffff; color: #1f2328; font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto,
sans-serif; -webkit-text-size-adjust: 100%; } main { display: block; max-width: 600px; margin: 0 auto;
padding: 16px; overflow-wrap: anywhere; word-break: break-word; } h1 { font-size: 20px; line-height: 1.3;
margin: 0 0 8px; } h2 { font-size: 16px; margin: 24px 0 8px; padding-top: 12px; border-top: 1px solid #d1d9e0;
} p { margin: 0 0 12px; } .trouble { color: #b42318; } .more { color: #59636e; font-size: 14px; } ul { margin:
0; padding: 0; list-style: none; } li { margin: 0 0 12px; } a { color: #0550ae; } table { width: 100%;
border-collapse: collapse; font-size: 15px; } th { text-align: left; font-weight: 600; color: #59636e;
font-size: 14px; } th, td { padding: 4px 0 4px 12px; vertical-align: top; } th:first-child, td:first-child {
padding-left: 0; } .n { text-align: right; word-break: normal; overflow-wrap: normal; font-variant-numeric: tabular-nums; } @media
(prefers-color-scheme: dark) { body { background: #0d1117; color: #e6edf3; } h2 { border-color: #3d444d; }
.trouble { color: #ff9a8f; } .more, th { color: #9198a1; } a { color: #79b8ff; } }`;

const cell = (text: string): Html => markup`<td class="n">${text}</td>`;

function body(part: Part): Html {
  if (part.kind === 'text') return markup`<p>${part.text}</p>`;
  if (part.kind === 'table') {
    const [first, ...others] = part.columns;
    const heads = others.map((name) => markup`<th scope="col" class="n">${name}</th>`);
    const rows = part.rows.map(
      ([name, ...numbers]) => markup`<tr><td>${name}</td>${numbers.map(cell)}</tr>\n`,
    );
    return markup`<table><thead><tr><th scope="col">${first}</th>${heads}</tr></thead><tbody>\n${rows}</tbody></table>`;
  }
  const items = part.items.map(
    ({ what, under }) =>
      markup`<li><strong>${what}</strong>${under.map((line) => markup`<br>${line}`)}</li>\n`,
  );
  const more = part.total - part.items.length;
  return markup`<ul>\n${items}</ul>${more > 0 && markup`<p class="more">and ${count(more)} more</p>`}`;
}

/** What is shown beside the subject, and not in the mail itself. */
const preheader = (text: string): Html =>
  markup`<div style="display:none;max-height:0;max-width:0;overflow:hidden;opacity:0">${text}</div>`;

export const mailHtml = (mail: MailContent): string =>
  textOf(markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${mail.subject}</title>
<style>${STYLE}
</style>
</head>
<body>
${preheader(mail.preheader)}
<main>
<h1${mail.isTrouble && markup` class="trouble"`}>${mail.title}</h1>
<p>${mail.sentence}</p>
${mail.link && markup`<p><a href="${mail.link.address}">${mail.link.text}</a></p>`}
${mail.sections.map(
  ({ title, part }) => markup`<section><h2>${title}</h2>\n${body(part)}</section>\n`,
)}<p class="more" style="margin-top:24px">${mail.footer}</p>
</main>
</body>
</html>
`);
