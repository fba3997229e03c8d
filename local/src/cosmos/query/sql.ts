/** Fragments of SQLite text that carry their bound values with them. */

export interface Sql {
  text: string;
  values: (string | number)[];
}

/** A template whose parts are fragments; anything else is bound as a value. */
export function sql(strings: TemplateStringsArray, ...parts: (Sql | string | number)[]): Sql {
  let text = strings[0]!;
  const values: (string | number)[] = [];
  parts.forEach((part, at) => {
    if (typeof part === 'object') {
      text += part.text;
      for (const value of part.values) values.push(value);
    } else {
      text += '?';
      values.push(part);
    }
    text += strings[at + 1]!;
  });
  return { text, values };
}

/** Text as it is: names and literals that this code made, never what a client sent. */
export function raw(text: string): Sql {
  return { text, values: [] };
}

export function join(fragments: readonly Sql[], separator: string): Sql {
  return { text: fragments.map((f) => f.text).join(separator), values: fragments.flatMap((f) => f.values) };
}
