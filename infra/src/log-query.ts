/**
 * Composes queries of the workspace from the one definition of log entries: a field that is renamed there breaks the type check here,
 * not a chart in Azure. An entry is a row of AppTraces: its text is Message, its fields are texts in Properties.
 */
import { LOG_ENTRIES, type FieldKind, type LogEntry } from '@github-repo-stats/shared/log-entries';
import { SERVICES } from './services.ts';

/** The fields of an entry; of several, those that any of them has: in the others it is null or empty. */
export type FieldOf<E extends LogEntry> = E extends LogEntry
  ? Extract<keyof (typeof LOG_ENTRIES)[E], string>
  : never;

type Kind = FieldKind extends infer K ? (K extends `${infer Base}?` ? Base : K) : never;
const CASTS: Record<Kind, string> = { text: 'tostring', number: 'todouble', time: 'todatetime' };

/** Names of fields that are words of the query language, which wants brackets around them; a test knows when one is missing. */
const RESERVED: readonly string[] = ['kind', 'last'];

/** A text as the query language spells it. */
export const literal = (text: string): string => JSON.stringify(text);

/** A list of texts, for `in`. */
export const literals = (texts: readonly string[]): string => `(${texts.map(literal).join(', ')})`;

/** Puts the steps of a query together. */
export const query = (...steps: string[]): string => steps.join('\n| ');

/** The app to which a row belongs: our entries name the service, the host's rows the function app. */
export const APP = `extract(${literal(`(${SERVICES.join('|')})`)}, 1, AppRoleName)`;

/**
 * Rows of the entries with such texts, as `TimeGenerated, Message, AppRoleName, OperationId` and the fields asked for.
 * @throws Error when two of the entries disagree about what a field holds.
 */
export function entries<E extends LogEntry>(texts: readonly E[], fields: readonly FieldOf<E>[]): string {
  const which = texts.length === 1 ? `== ${literal(texts[0]!)}` : `in ${literals(texts)}`;
  const columns = fields.map((field) => {
    const name = RESERVED.includes(field) ? `['${field}']` : field;
    return `${name} = ${castOf(texts, field)}(${RESERVED.includes(field) ? `Properties${name}` : `Properties.${name}`})`;
  });
  return query(
    'AppTraces',
    `where Message ${which}`,
    `project ${['TimeGenerated', 'Message', 'AppRoleName', 'OperationId', ...columns].join(', ')}`,
  );
}

/** Rows of one entry. */
export const entry = <E extends LogEntry>(text: E, fields: readonly FieldOf<E>[]): string =>
  entries([text], fields);

function castOf(texts: readonly LogEntry[], field: string): string {
  const kinds = texts.flatMap((text) => {
    const kind = (LOG_ENTRIES[text] as Readonly<Record<string, FieldKind>>)[field];
    return kind === undefined ? [] : [kind.replace('?', '') as Kind];
  });
  const [kind, other] = [...new Set(kinds)];
  if (kind === undefined || other !== undefined)
    throw new Error(`The field ${field} is ${kinds.join(' and ') || 'unknown'} in: ${texts.join('; ')}`);
  return CASTS[kind];
}
