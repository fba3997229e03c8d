/** Functions that SQLite lacks or has for ASCII only, given to it from here. NULL is undefined. */
import type { DatabaseSync } from 'node:sqlite';

export function registerSqlFunctions(sqlite: DatabaseSync): void {
  const deterministic = { deterministic: true };
  sqlite.function('cosmos_lower', deterministic, (text) =>
    typeof text === 'string' ? text.toLowerCase() : null,
  );
  sqlite.function('cosmos_upper', deterministic, (text) =>
    typeof text === 'string' ? text.toUpperCase() : null,
  );
  sqlite.function('cosmos_array_contains', deterministic, (array, element) => {
    if (typeof array !== 'string' || typeof element !== 'string' || !array.startsWith('[')) return null;
    const items = JSON.parse(array) as unknown[];
    return items.some((item) => JSON.stringify(item) === element) ? 1 : 0;
  });
}
