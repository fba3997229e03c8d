import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markup, textOf, type HtmlValue } from './html.ts';

const back = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

describe('a template of HTML', () => {
  it('escapes values, in text and in attributes', () => {
    const evil = `"><img src=x onerror='a'>&amp;`;
    expect(textOf(markup`<a href="${evil}">${evil}</a>`)).toBe(
      `<a href="&quot;&gt;&lt;img src=x onerror=&#39;a&#39;&gt;&amp;amp;">&quot;&gt;&lt;img src=x onerror=&#39;a&#39;&gt;&amp;amp;</a>`,
    );
  });

  it('leaves what it made itself, in lists too, and writes nothing for undefined and false', () => {
    const items = ['<a>', '<b>'].map((text) => markup`<li>${text}</li>`);
    expect(textOf(markup`<ul>${items}</ul>${undefined}${false}${0}${['<', [1]]}`)).toBe(
      '<ul><li>&lt;a&gt;</li><li>&lt;b&gt;</li></ul>0&lt;1',
    );
  });

  it('takes nothing for HTML that was read from somewhere', () => {
    const forged = JSON.parse('{"html": "<script>", "Symbol(made here)": "<script>"}') as HtmlValue;
    expect(() => textOf(markup`${forged}`)).toThrow(TypeError);
  });

  it('shows any text as it is', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const made = textOf(markup`${text}`);
        expect(made).not.toMatch(/[<>"']/);
        expect(back(made)).toBe(text);
      }),
    ));
});
