/** Makes HTML in which every value is escaped that is not HTML made here: names are other people's text. */

const MADE = Symbol('made here');

/** A piece of HTML. Only the template below makes one: no text or document can pass for it. */
export interface Html {
  readonly [MADE]: string;
}

/** What may stand in a template: nothing is left of undefined and false. */
export type HtmlValue = Html | string | number | undefined | false | readonly HtmlValue[];

const ESCAPED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function written(value: HtmlValue): string {
  if (value === undefined || value === false) return '';
  if (typeof value === 'string') return value.replace(/[&<>"']/g, (c) => ESCAPED[c]!);
  if (typeof value === 'number') return String(value);
  return MADE in value ? value[MADE] : value.map(written).join('');
}

/** A tagged template; its name is not `html`, as which a formatter would add spaces to it. Values stand in text or within quotes of an attribute, where escaping makes them harmless. */
export const markup = (strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html => ({
  [MADE]: strings.map((text, i) => (i < values.length ? text + written(values[i]) : text)).join(''),
});

export const textOf = (made: Html): string => made[MADE];
