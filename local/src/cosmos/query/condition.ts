/** Whether one stored item meets the condition of a patch, `from c where ...`. */
import type { Container } from '../container.ts';
import { badRequest } from '../cosmos-error.ts';
import { conditionSql } from './expression-sql.ts';
import { parseQuery } from './parser.ts';

export function matchesCondition(container: Container, sequence: number, condition: string): boolean {
  const query = parseQuery(`SELECT * ${condition}`);
  if (!query.where || query.orderBy.length > 0 || query.limit) {
    throw badRequest('The condition of a patch must be a FROM and a WHERE clause.');
  }
  const where = conditionSql(query.where, new Map(), false);
  const statement = container.table.statement(
    `SELECT 1 AS matches FROM ${container.table.name} WHERE sequence = ? AND ${where.text}`,
  );
  return statement.get(sequence, ...where.values) !== undefined;
}
