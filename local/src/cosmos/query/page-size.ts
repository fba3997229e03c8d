/** How many items one page holds. Source: https://learn.microsoft.com/azure/cosmos-db/concepts-limits#per-request-limits */
import { badRequest } from '../cosmos-error.ts';

/** Pages end at the item that passes this size. */
export const maxPageBytes = 4 * 1024 * 1024;
const defaultItems = 100;
const dynamicItems = 1000;

/** The x-ms-max-item-count header: a positive number, or -1 for as many as the server likes. */
export function pageSize(header: string | undefined): number {
  if (header === undefined) return defaultItems;
  const count = Number(header);
  if (count === -1) return dynamicItems;
  if (Number.isInteger(count) && count > 0) return count;
  throw badRequest(`The value '${header}' of x-ms-max-item-count is not valid.`);
}
