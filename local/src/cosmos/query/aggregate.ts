/**
 * COUNT, SUM, MIN, MAX and AVG over a whole result, several at once.
 * Undefined values are ignored; a value of a wrong type makes SUM and AVG undefined, an array or object MIN and MAX.
 * Source: https://learn.microsoft.com/azure/cosmos-db/nosql/query/aggregate-functions
 */
import type { SQLOutputValue } from 'node:sqlite';
import { badRequest } from '../cosmos-error.ts';
import type { Expression, Query, SelectItem } from './ast.ts';
import { aggregateNames } from './call-sql.ts';
import type { Parameters } from './constant.ts';
import { jsonSql, numberSql, textSql, typeSql } from './expression-sql.ts';
import { raw, sql, type Sql } from './sql.ts';

export interface AggregatePlan {
  columns: Sql[];
  /** One row of those columns to the JSON text of the result; undefined when the result is empty. */
  result(row: SQLOutputValue[]): string | undefined;
}

interface AggregateColumn {
  columns: Sql[];
  /** JSON text, or undefined. */
  finish(values: SQLOutputValue[]): string | undefined;
}

/** The plan of a query whose SELECT clause aggregates, or undefined when it does not. */
export function aggregatePlan(query: Query, parameters: Parameters): AggregatePlan | undefined {
  const { selection } = query;
  if (selection.kind === 'star') return undefined;
  const items: SelectItem[] =
    selection.kind === 'list' ? selection.items : [{ expression: selection.expression, name: '' }];
  if (!items.some(({ expression }) => isAggregate(expression))) return undefined;
  if (!items.every(({ expression }) => isAggregate(expression))) {
    throw badRequest(
      'Property reference is invalid in the select list because it is not contained in an aggregate function.',
    );
  }
  if (query.orderBy.length > 0) throw badRequest('ORDER BY is not allowed with an aggregate.');
  if (query.top || query.offset)
    throw badRequest('TOP and OFFSET LIMIT with an aggregate are not supported by the local Cosmos DB');
  const parts = items.map(({ expression, name }) => ({
    name,
    ...aggregateColumn(expression as Call, parameters),
  }));
  return {
    columns: parts.flatMap((part) => part.columns),
    result(row) {
      let at = 0;
      const texts = parts.map((part) => part.finish(row.slice(at, (at += part.columns.length))));
      if (selection.kind === 'value') return texts[0];
      const members = parts.flatMap((part, i) =>
        texts[i] === undefined ? [] : [`${JSON.stringify(part.name)}:${texts[i]}`],
      );
      return `{${members.join(',')}}`;
    },
  };
}

type Call = Expression & { kind: 'call' };

function isAggregate(expression: Expression): expression is Call {
  return expression.kind === 'call' && aggregateNames.some((name) => name === expression.name);
}

function aggregateColumn(call: Call, parameters: Parameters): AggregateColumn {
  const [argument] = call.arguments;
  if (!argument || call.arguments.length > 1)
    throw badRequest(`The ${call.name} function takes 1 argument(s).`);
  const json = jsonSql(argument, parameters);
  const number = numberSql(argument, parameters);
  // Numbers in JSON are doubles; as reals their sum neither overflows nor turns into an integer.
  const total = sql`sum(CAST(${number} AS REAL))`;
  switch (call.name) {
    case 'COUNT':
      return { columns: [sql`count(${json})`], finish: ([count]) => String(count) };
    case 'SUM':
      return {
        columns: [sql`count(${json})`, sql`count(${number})`, total],
        finish: ([defined, numbers, sum]) =>
          defined === numbers ? JSON.stringify(Number(sum ?? 0)) : undefined,
      };
    case 'AVG':
      return {
        columns: [sql`count(${json})`, sql`count(${number})`, total],
        finish: ([defined, numbers, sum]) =>
          defined === numbers && Number(defined) > 0
            ? JSON.stringify(Number(sum) / Number(numbers))
            : undefined,
      };
    default:
      return extreme(call.name === 'MIN', argument, parameters);
  }
}

/** Types order null, false, true, number, string. */
function extreme(least: boolean, argument: Expression, parameters: Parameters): AggregateColumn {
  const json = jsonSql(argument, parameters);
  const pick = raw(least ? 'min' : 'max');
  const columns = [
    sql`count(CASE ${typeSql(argument, parameters)} WHEN 'array' THEN 1 WHEN 'object' THEN 1 END)`,
    ...['null', 'false', 'true'].map((value) => sql`count(CASE WHEN ${json} = ${value} THEN 1 END)`),
    sql`${pick}(CAST(${numberSql(argument, parameters)} AS REAL))`,
    sql`${pick}(${textSql(argument, parameters)})`,
  ];
  return {
    columns,
    finish([composite, nulls, falses, trues, number, text]) {
      if (Number(composite) > 0) return undefined;
      const found = [
        Number(nulls) > 0 ? 'null' : undefined,
        Number(falses) > 0 ? 'false' : undefined,
        Number(trues) > 0 ? 'true' : undefined,
        number === null ? undefined : JSON.stringify(number),
        text === null ? undefined : JSON.stringify(text),
      ];
      return least
        ? found.find((value) => value !== undefined)
        : found.findLast((value) => value !== undefined);
    },
  };
}
