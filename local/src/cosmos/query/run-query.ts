/** Runs a query over a container's items: one page of rows, or the one result of its aggregates, with its charge. */
import type { SQLOutputValue } from 'node:sqlite';
import { queryCharge } from '../charge-table.ts';
import type { Container } from '../container.ts';
import { badRequest } from '../cosmos-error.ts';
import { isIndexed } from '../index-policy.ts';
import { isJsonObject, type Json } from '../json.ts';
import type { Reply } from '../reply.ts';
import { aggregatePlan, type AggregatePlan } from './aggregate.ts';
import type { Expression, Query } from './ast.ts';
import { decodePosition, encodePosition, type Position } from './continuation.ts';
import { constantOf, type Parameters } from './constant.ts';
import { conditionSql } from './expression-sql.ts';
import { narrow, propertiesOf } from './narrow.ts';
import { indexSteps, orderPlan } from './order-sql.ts';
import { maxPageBytes } from './page-size.ts';
import { parseQuery } from './parser.ts';
import { selectPlan } from './select-sql.ts';
import { join, raw, sql, type Sql } from './sql.ts';

export interface QueryRequest {
  text: string;
  parameters: Parameters;
  /** The partition key of the request's header. */
  key?: string | undefined;
  pageSize: number;
  continuation?: string | undefined;
}

/** The body of a query request: `{query, parameters?: [{name, value}]}`. */
export function querySpec(body: unknown): { text: string; parameters: Parameters } {
  if (!isJsonObject(body) || typeof body['query'] !== 'string') throw badRequest('The request has no query.');
  const parameters = new Map<string, Json>();
  for (const parameter of Array.isArray(body['parameters']) ? body['parameters'] : []) {
    if (!isJsonObject(parameter) || typeof parameter['name'] !== 'string')
      throw badRequest('A parameter needs a name.');
    if (parameter['value'] !== undefined) parameters.set(parameter['name'], parameter['value']);
  }
  return { text: body['query'], parameters };
}

const parsed = new Map<string, Query>();

/** Parses a query, or takes it from those parsed before. */
export function parsedQuery(text: string): Query {
  let query = parsed.get(text);
  if (!query) {
    query = parseQuery(text);
    if (parsed.size >= 500) parsed.clear();
    parsed.set(text, query);
  }
  return query;
}

export function runQuery(container: Container, request: QueryRequest): Reply {
  const query = parsedQuery(request.text);
  const { key, id, where } = narrow(query.where, request.parameters, container.partitionKeyPath, request.key);
  const scope: Sql[] = [];
  if (key !== undefined) scope.push(sql`key = ${key}`);
  if (id !== undefined) scope.push(sql`id = ${id}`);
  const plan: Plan = { container, request, query, scope, byKey: key !== undefined, where };
  const aggregates = aggregatePlan(query, request.parameters);
  return aggregates ? runAggregates(plan, aggregates) : runPage(plan);
}

interface Plan {
  container: Container;
  request: QueryRequest;
  query: Query;
  scope: Sql[];
  byKey: boolean;
  where: Expression | undefined;
}

function runAggregates(plan: Plan, aggregates: AggregatePlan): Reply {
  const { container, query, scope, where, request } = plan;
  const filter = where ? [conditionSql(where, request.parameters, false)] : [];
  const filtered = indexCovers(container, propertiesOf(where));
  const read = query.selection.kind === 'list' ? query.selection.items.map((item) => item.expression) : [];
  if (query.selection.kind === 'value') read.push(query.selection.expression);
  const covered = filtered && indexCovers(container, read.flatMap(propertiesOf));
  const columns = [raw(covered ? '0' : 'total(units)'), raw('count(*)'), ...aggregates.columns];
  const [row] = select(container, columns, [...scope, ...filter], raw(''));
  const [units, entries, ...values] = row!;
  const loaded = filtered ? Number(units) : scannedUnits(container, scope);
  const result = aggregates.result(values);
  return {
    status: 200,
    charge: queryCharge({ firstPage: true, entries: filtered ? Number(entries) : 0, loaded }),
    body: pageBody(container, result === undefined ? [] : [result]),
    count: result === undefined ? 0 : 1,
  };
}

function runPage(plan: Plan): Reply {
  const { container, request, query, scope, byKey, where } = plan;
  const { parameters } = request;
  const position = decodePosition(request.continuation);
  const top = countOf(query.top, parameters, 'TOP');
  const offset = countOf(query.offset, parameters, 'OFFSET') ?? 0;
  const limit = countOf(query.limit, parameters, 'LIMIT');
  const ordered = query.orderBy.length > 0 || limit !== undefined;
  const given = position.skip ?? 0;
  const left = position.left ?? top ?? (limit === undefined ? Infinity : limit - given);
  const wanted = Math.max(0, Math.min(request.pageSize, left));

  const selection = selectPlan(query.selection, parameters);
  const order = query.orderBy.length > 0 ? orderPlan(query.orderBy, container.policy) : undefined;
  const place = byKey ? 'id' : 'sequence';
  const filter = [...scope, ...(order?.where ?? []).map(raw)];
  if (where) filter.push(conditionSql(where, parameters, false));
  const start: Sql[] =
    !ordered && position.after !== undefined ? [sql`${raw(place)} > ${position.after}`] : [];
  const columns = [...selection.columns, raw('units'), raw(place)];
  const end = sql`ORDER BY ${raw(order?.order ?? place)} LIMIT ${wanted + 1} OFFSET ${ordered ? offset + given : 0}`;

  const results: string[] = [];
  let rows = 0;
  let loaded = 0;
  let bytes = 0;
  let more = false;
  let last: string | number | undefined;
  for (const row of select(container, columns, [...filter, ...start], end)) {
    if (rows >= wanted || bytes >= maxPageBytes) {
      more = rows < left;
      break;
    }
    rows++;
    loaded += Number(row[columns.length - 2]);
    last = row[columns.length - 1] as string | number;
    const result = selection.result(row);
    if (result === undefined) continue;
    results.push(result);
    bytes += result.length;
  }

  const indexed = indexCovers(container, propertiesOf(where));
  const firstPage = !request.continuation;
  if (!indexed && (firstPage || !ordered)) {
    const upTo = more && !ordered ? [sql`${raw(place)} <= ${last!}`] : [];
    loaded = scannedUnits(container, [...scope, ...start, ...upTo]);
  }
  const entries = indexed ? rows + (firstPage ? offset : 0) : 0;
  const next: Position = ordered ? { skip: given + rows } : { after: last! };
  if (top !== undefined) next.left = left - rows;
  return {
    status: 200,
    charge: queryCharge({ firstPage, entries, loaded }),
    body: pageBody(container, results),
    count: results.length,
    ...(more ? { continuation: encodePosition(next) } : {}),
  };
}

function select(container: Container, columns: Sql[], where: Sql[], end: Sql): Iterable<SQLOutputValue[]> {
  const filter = where.length > 0 ? sql`WHERE ${join(where, ' AND ')}` : raw('');
  const { text, values } =
    sql`SELECT ${join(columns, ', ')} FROM ${raw(container.table.name)} ${filter} ${end}`;
  const statement = container.table.statement(text);
  statement.setReturnArrays(true);
  return statement.iterate(...values) as unknown as Iterable<SQLOutputValue[]>;
}

/** Read units of every item in a scope: what a filter without an index has to load. */
function scannedUnits(container: Container, scope: Sql[]): number {
  const [row] = select(container, [raw('total(units)')], scope, raw(''));
  return Number(row![0]);
}

/** The partition key counts as indexed here: a query routed by it reads that key's items alone. */
function indexCovers(container: Container, paths: (string | number)[][]): boolean {
  return paths.every((path) => path.length === 0 || isIndexed(container.policy, indexSteps(path)));
}

function countOf(
  expression: Expression | undefined,
  parameters: Parameters,
  word: string,
): number | undefined {
  if (!expression) return undefined;
  const value = constantOf(expression, parameters)?.value;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
  throw badRequest(`${word} needs a number that is a whole one and not negative.`);
}

export function pageBody(container: { rid: string }, documents: readonly string[]): string {
  return `{"_rid":"${container.rid}","Documents":[${documents.join(',')}],"_count":${documents.length}}`;
}
