/** The syntax tree of the supported part of Cosmos SQL. */
import type { Json } from '../json.ts';

export type CompareOperator = '=' | '!=' | '<' | '<=' | '>' | '>=';

export type Expression =
  /** `undefined` is a value of its own in Cosmos. */
  | { kind: 'literal'; value: Json | undefined }
  | { kind: 'parameter'; name: string }
  /** A property of the item; an empty path is the item itself. */
  | { kind: 'property'; path: (string | number)[] }
  | { kind: 'array'; items: Expression[] }
  | { kind: 'compare'; operator: CompareOperator; left: Expression; right: Expression }
  | { kind: 'in'; value: Expression; list: Expression[] }
  | { kind: 'and' | 'or'; left: Expression; right: Expression }
  | { kind: 'not'; operand: Expression }
  | { kind: 'call'; name: string; arguments: Expression[] };

export interface SelectItem {
  expression: Expression;
  name: string;
}

export type Selection =
  { kind: 'star' } | { kind: 'value'; expression: Expression } | { kind: 'list'; items: SelectItem[] };

export interface OrderItem {
  path: (string | number)[];
  descending: boolean;
}

export interface Query {
  selection: Selection;
  top?: Expression;
  where?: Expression;
  orderBy: OrderItem[];
  offset?: Expression;
  limit?: Expression;
}
