/** SQL for a property of the JSON column `body`. Indexes and queries must use the very same text to meet. */
import { notSupported } from '../cosmos-error.ts';

/** A JSON path literal of SQLite, quotes included. Throws 400 for names that SQLite's paths cannot hold. */
export function jsonPath(path: readonly (string | number)[]): string {
  const steps = path.map((step) => {
    if (typeof step === 'number') return `[${step}]`;
    // oxlint-disable-next-line no-control-regex
    if (!step.isWellFormed() || /["\\\u0000-\u001f]/.test(step))
      throw notSupported(
        `A property name with quotes, backslashes or control characters in a query or an index`,
      );
    return `."${step.replaceAll("'", "''")}"`;
  });
  return `'$${steps.join('')}'`;
}

/** The property as JSON text, which tells all types apart; NULL when it is undefined. */
export function propertyJson(path: readonly (string | number)[]): string {
  return `(body -> ${jsonPath(path)})`;
}

/** The property as an SQL value: use it only beside a test of its JSON type. */
export function propertyValue(path: readonly (string | number)[]): string {
  return `(body ->> ${jsonPath(path)})`;
}

/** The property's JSON type as SQLite names it; NULL when it is undefined. */
export function propertyType(path: readonly (string | number)[]): string {
  return `json_type(body, ${jsonPath(path)})`;
}
