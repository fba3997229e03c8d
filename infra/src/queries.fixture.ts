/** Finds the queries in the inputs of resources, also inside JSON, and fills the workbook's parameters in. */

/** Values that the parameters of the workbook could have. */
const PARAMETERS: Readonly<Record<string, string>> = {
  RunId: '1611127298',
  'TimeRange:grain': '30m',
};

/** A text with the parameters of the workbook in place. @throws Error naming a parameter that the workbook does not have. */
export const substituted = (text: string): string =>
  text.replace(/\{([A-Za-z]\w*(?::\w+)?)\}/g, (_, name: string) => {
    const value = PARAMETERS[name];
    if (value === undefined) throw new Error(`The workbook has no parameter ${name}.`);
    return value;
  });

/** Everything under a key `query`, with the path to it. */
export function queriesIn(where: string, value: unknown): { where: string; query: string }[] {
  if (typeof value === 'string' && /^\s*[{[]/.test(value)) return queriesIn(where, parsed(value));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    key === 'query' && typeof item === 'string'
      ? [{ where: `${where}.query`, query: item }]
      : queriesIn(`${where}.${key}`, item),
  );
}

/** JSON, or nothing when it only looked like it. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
