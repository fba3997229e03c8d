/** The SELECT clause: columns of JSON text, and the JSON text of one result made of them. */
import type { SQLOutputValue } from 'node:sqlite';
import type { Selection } from './ast.ts';
import type { Parameters } from './constant.ts';
import { jsonSql } from './expression-sql.ts';
import { raw, type Sql } from './sql.ts';

export interface SelectPlan {
  columns: Sql[];
  /** `row` starts with the columns; undefined leaves the item out of the result. */
  result(row: SQLOutputValue[]): string | undefined;
}

export function selectPlan(selection: Selection, parameters: Parameters): SelectPlan {
  const text = (value: SQLOutputValue | undefined) => (typeof value === 'string' ? value : undefined);
  if (selection.kind === 'star') return { columns: [raw('body')], result: (row) => text(row[0]) };
  if (selection.kind === 'value') {
    return { columns: [jsonSql(selection.expression, parameters)], result: (row) => text(row[0]) };
  }
  const names = selection.items.map(({ name }) => `${JSON.stringify(name)}:`);
  return {
    columns: selection.items.map(({ expression }) => jsonSql(expression, parameters)),
    result(row) {
      let members = '';
      for (let at = 0; at < names.length; at++) {
        const value = row[at];
        if (typeof value === 'string') members += `${members && ','}${names[at]}${value}`;
      }
      return `{${members}}`;
    },
  };
}
