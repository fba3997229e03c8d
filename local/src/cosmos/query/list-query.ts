/** Queries over the databases, containers or offers of the account: short lists that are held as JSON. */
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { notSupported } from '../cosmos-error.ts';
import type { JsonObject } from '../json.ts';
import { aggregatePlan } from './aggregate.ts';
import { conditionSql } from './expression-sql.ts';
import { parsedQuery, querySpec } from './run-query.ts';
import { selectPlan } from './select-sql.ts';
import { join, raw, sql } from './sql.ts';

/** The JSON texts of the results; `body` is `{query, parameters?}`. */
export function queryList(sqlite: DatabaseSync, list: readonly JsonObject[], body: unknown): string[] {
  const { text, parameters } = querySpec(body);
  const query = parsedQuery(text);
  if (query.orderBy.length > 0 || query.top || query.limit) {
    throw notSupported('ORDER BY, TOP or OFFSET LIMIT over databases, containers or offers');
  }
  const plan = aggregatePlan(query, parameters) ?? selectPlan(query.selection, parameters);
  const where = query.where ? sql`WHERE ${conditionSql(query.where, parameters, false)}` : raw('');
  const source = sql`(SELECT value AS body FROM json_each(${JSON.stringify(list)}))`;
  const statement = sql`SELECT ${join(plan.columns, ', ')} FROM ${source} ${where}`;
  const prepared = sqlite.prepare(statement.text);
  prepared.setReturnArrays(true);
  const rows = prepared.all(...statement.values) as unknown as SQLOutputValue[][];
  return rows.flatMap((row) => plan.result(row) ?? []);
}
