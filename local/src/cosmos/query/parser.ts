/** Parses SELECT ... FROM ... WHERE ... ORDER BY ... OFFSET LIMIT; what Cosmos has beyond that is refused by name. */
import { badRequest, notSupported } from '../cosmos-error.ts';
import type { Expression, OrderItem, Query, Selection, SelectItem } from './ast.ts';
import { ExpressionParser } from './expression-parser.ts';

/** Throws 400: a syntax error with its place, or the name of what is not supported. */
export function parseQuery(text: string): Query {
  const parser = new ExpressionParser(text, (ahead) => {
    ahead.seekWord('FROM');
    return parseFrom(ahead);
  });
  parser.expectWord('SELECT');
  const top = parser.takeWord('TOP') ? countExpression(parser) : undefined;
  if (parser.isWord('DISTINCT')) throw notSupported('DISTINCT');
  const selection = parseSelection(parser);
  parseFrom(parser);
  const where = parser.takeWord('WHERE') ? parser.expression() : undefined;
  if (parser.isWord('GROUP')) throw notSupported('GROUP BY');
  const orderBy = parser.takeWord('ORDER') ? parseOrderBy(parser) : [];
  let offset: Expression | undefined;
  let limit: Expression | undefined;
  if (parser.takeWord('OFFSET')) {
    offset = countExpression(parser);
    parser.expectWord('LIMIT');
    limit = countExpression(parser);
    if (top) throw badRequest("'TOP' and 'OFFSET LIMIT' cannot be used in the same query.");
  }
  for (const word of ['GROUP', 'HAVING', 'UNION', 'LIMIT']) {
    if (parser.isWord(word)) throw notSupported(word === 'GROUP' ? 'GROUP BY' : word);
  }
  parser.expectEnd();
  return {
    selection,
    orderBy,
    ...(top ? { top } : {}),
    ...(where ? { where } : {}),
    ...(offset && limit ? { offset, limit } : {}),
  };
}

/**
 * The name that FROM gives to the items: `FROM c`, `FROM Families f` and `FROM Families AS f` are all the container itself.
 * The select list before it uses the name, so this clause is read twice.
 */
function parseFrom(parser: ExpressionParser): string {
  parser.expectWord('FROM');
  if (parser.isSymbol('(')) throw notSupported('A subquery');
  const source = parser.name();
  if (parser.isSymbol('.') || parser.isSymbol('[')) throw notSupported('FROM a property of the item');
  const alias = parser.takeWord('AS') || parser.isName() ? parser.name() : source;
  if (parser.isWord('IN')) throw notSupported('FROM ... IN');
  if (parser.isWord('JOIN')) throw notSupported('JOIN');
  return alias;
}

function parseSelection(parser: ExpressionParser): Selection {
  if (parser.takeSymbol('*')) return { kind: 'star' };
  if (parser.takeWord('VALUE')) return { kind: 'value', expression: parser.expression() };
  const items: SelectItem[] = [];
  let unnamed = 0;
  do {
    const expression = parser.expression();
    const last = expression.kind === 'property' ? expression.path.at(-1) : undefined;
    let name: string;
    if (parser.takeWord('AS') || parser.isName()) name = parser.name();
    else if (expression.kind === 'property' && expression.path.length === 0) name = parser.alias;
    else name = typeof last === 'string' ? last : `$${++unnamed}`;
    if (items.some((item) => item.name === name)) {
      throw badRequest(
        `Cannot define multiple properties with name '${name}' within the same object or 'SELECT' clause.`,
      );
    }
    items.push({ expression, name });
  } while (parser.takeSymbol(','));
  return { kind: 'list', items };
}

function parseOrderBy(parser: ExpressionParser): OrderItem[] {
  parser.expectWord('BY');
  if (parser.isWord('RANK')) throw notSupported('ORDER BY RANK');
  const items: OrderItem[] = [];
  do {
    const expression = parser.expression();
    if (expression.kind !== 'property' || expression.path.length === 0) {
      throw badRequest(
        'Unsupported ORDER BY clause. ORDER BY item expression could not be mapped to a document path.',
      );
    }
    const descending = parser.takeWord('DESC');
    if (!descending) parser.takeWord('ASC');
    items.push({ path: expression.path, descending });
  } while (parser.takeSymbol(','));
  return items;
}

/** TOP, OFFSET and LIMIT take a number or a parameter. */
function countExpression(parser: ExpressionParser): Expression {
  const expression = parser.operand();
  if (expression.kind === 'parameter' || expression.kind === 'literal') return expression;
  throw badRequest('TOP, OFFSET and LIMIT need a number or a parameter.');
}
