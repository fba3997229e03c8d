/** Recursive descent over the scalar expressions of Cosmos SQL, and the token cursor that clauses are parsed with. */
import { badRequest, notSupported } from '../cosmos-error.ts';
import type { CompareOperator, Expression } from './ast.ts';
import { syntaxError, tokenize, type Token } from './lexer.ts';

const reserved = new Set(
  'AND AS ASC BETWEEN BY CASE CAST CONVERT CROSS DESC DISTINCT ELSE END ESCAPE EXISTS FOR FROM GROUP HAVING IN INNER INSERT INTO IS JOIN LEFT LIKE LIMIT NOT OFFSET ON OR ORDER OUTER OVER RIGHT SELECT SET THEN TOP UNION UPDATE VALUE WHEN WHERE WITH'.split(
    ' ',
  ),
);
const comparisons: Record<string, CompareOperator> = {
  '=': '=',
  '!=': '!=',
  '<>': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};
const unsupportedOperators: Record<string, string> = {
  '+': 'The operator +',
  '-': 'The operator -',
  '*': 'The operator *',
  '/': 'The operator /',
  '%': 'The operator %',
  '||': 'The operator ||',
  '&': 'The operator &',
  '|': 'The operator |',
  '^': 'The operator ^',
  '~': 'The operator ~',
  '??': 'The operator ??',
  '?': 'The operator ?:',
};

/** State: the tokens, the place of the next one, and the name that stands for the item. */
export class ExpressionParser {
  readonly #tokens: Token[];
  #at = 0;
  readonly alias: string;

  /** `findAlias` may move the cursor; it is put back to the start. */
  constructor(text: string, findAlias: (parser: ExpressionParser) => string) {
    this.#tokens = tokenize(text);
    this.alias = findAlias(this);
    this.#at = 0;
  }

  get #next(): Token {
    return this.#tokens[this.#at]!;
  }
  #fail(): never {
    throw syntaxError(this.#next.text, this.#next.at);
  }
  isWord(word: string): boolean {
    return this.#next.kind === 'word' && this.#next.upper === word;
  }
  isSymbol(symbol: string): boolean {
    return this.#next.kind === 'symbol' && this.#next.text === symbol;
  }
  isName(): boolean {
    return this.#next.kind === 'word' && !reserved.has(this.#next.upper);
  }
  takeWord(word: string): boolean {
    if (!this.isWord(word)) return false;
    this.#at++;
    return true;
  }
  takeSymbol(symbol: string): boolean {
    if (!this.isSymbol(symbol)) return false;
    this.#at++;
    return true;
  }
  expectWord(word: string): void {
    if (!this.takeWord(word)) this.#fail();
  }
  expectSymbol(symbol: string): void {
    if (!this.takeSymbol(symbol)) this.#fail();
  }
  expectEnd(): void {
    if (this.#next.kind !== 'end') this.#fail();
  }
  name(): string {
    if (!this.isName()) this.#fail();
    return this.#tokens[this.#at++]!.text;
  }
  /** Moves to the first such word outside brackets. Throws 400 when there is none. */
  seekWord(word: string): void {
    let depth = 0;
    while (this.#next.kind !== 'end') {
      if (this.isSymbol('(')) depth++;
      if (this.isSymbol(')')) depth--;
      const property = this.#tokens[this.#at - 1]?.text === '.';
      if (depth === 0 && !property && this.isWord(word)) return;
      this.#at++;
    }
    throw notSupported(`A query without ${word}`);
  }

  expression(): Expression {
    let left = this.#and();
    while (this.takeWord('OR')) left = { kind: 'or', left, right: this.#and() };
    return left;
  }

  #and(): Expression {
    let left = this.#not();
    while (this.takeWord('AND')) left = { kind: 'and', left, right: this.#not() };
    return left;
  }

  #not(): Expression {
    return this.takeWord('NOT') ? { kind: 'not', operand: this.#not() } : this.#comparison();
  }

  #comparison(): Expression {
    const left = this.primary();
    const token = this.#next;
    if (token.kind === 'symbol') {
      const operator = comparisons[token.text];
      if (operator) {
        this.#at++;
        return { kind: 'compare', operator, left, right: this.primary() };
      }
    }
    const negated = this.takeWord('NOT');
    const positive = this.#range(left);
    if (positive) return negated ? { kind: 'not', operand: positive } : positive;
    if (negated) this.#fail();
    return left;
  }

  #range(value: Expression): Expression | undefined {
    if (this.isWord('LIKE')) throw notSupported('LIKE');
    if (this.takeWord('IN')) {
      this.expectSymbol('(');
      if (this.isWord('SELECT')) throw notSupported('A subquery');
      return { kind: 'in', value, list: this.#list(')') };
    }
    if (this.takeWord('BETWEEN')) {
      const low = this.primary();
      this.expectWord('AND');
      const high = this.primary();
      const compare = (operator: CompareOperator, right: Expression): Expression => ({
        kind: 'compare',
        operator,
        left: value,
        right,
      });
      return { kind: 'and', left: compare('>=', low), right: compare('<=', high) };
    }
    return undefined;
  }

  primary(): Expression {
    const expression = this.operand();
    const after = this.#next;
    const refused = after.kind === 'symbol' ? unsupportedOperators[after.text] : undefined;
    if (refused) throw notSupported(refused);
    return expression;
  }

  /** One operand, with no check of what follows it. */
  operand(): Expression {
    const token = this.#next;
    switch (token.kind) {
      case 'number':
      case 'string':
        this.#at++;
        return { kind: 'literal', value: token.value };
      case 'parameter':
        this.#at++;
        if (this.isSymbol('.') || this.isSymbol('[')) throw notSupported('A property of a parameter');
        return { kind: 'parameter', name: token.text };
      case 'symbol':
        return this.#symbolOperand(token.text);
      case 'word':
        return this.#wordOperand(token);
      case 'end':
        return this.#fail();
    }
  }

  #symbolOperand(symbol: string): Expression {
    this.#at++;
    if (symbol === '(') {
      if (this.isWord('SELECT')) throw notSupported('A subquery');
      const inner = this.expression();
      this.expectSymbol(')');
      return inner;
    }
    if (symbol === '[') return { kind: 'array', items: this.#list(']') };
    if (symbol === '{') throw notSupported('An object in a query');
    if (symbol === '-' && this.#next.kind === 'number') {
      const { value } = this.#next;
      this.#at++;
      return { kind: 'literal', value: -value };
    }
    this.#at--;
    const refused = unsupportedOperators[symbol];
    if (refused && symbol !== '*' && symbol !== '/') throw notSupported(refused);
    return this.#fail();
  }

  #wordOperand(token: Token & { kind: 'word' }): Expression {
    const constants: Record<string, true | false | null | undefined> = {
      TRUE: true,
      FALSE: false,
      NULL: null,
      UNDEFINED: undefined,
    };
    this.#at++;
    if (token.upper === 'EXISTS') throw notSupported('EXISTS');
    if (token.upper === 'ARRAY' && this.isSymbol('(')) throw notSupported('A subquery');
    if (this.takeSymbol('(')) {
      if (reserved.has(token.upper)) this.#fail();
      return { kind: 'call', name: token.upper, arguments: this.#list(')') };
    }
    if (token.text === this.alias) return { kind: 'property', path: this.#path() };
    if (Object.hasOwn(constants, token.upper)) return { kind: 'literal', value: constants[token.upper] };
    if (token.upper === 'UDF') throw notSupported('A user defined function');
    if (reserved.has(token.upper)) {
      this.#at--;
      return this.#fail();
    }
    throw badRequest(`Identifier '${token.text}' could not be resolved.`);
  }

  #path(): (string | number)[] {
    const path: (string | number)[] = [];
    for (;;) {
      if (this.takeSymbol('.')) {
        if (this.#next.kind !== 'word') this.#fail();
        path.push(this.#tokens[this.#at++]!.text);
      } else if (this.takeSymbol('[')) {
        const step = this.#next;
        if (step.kind !== 'string' && step.kind !== 'number')
          throw notSupported('An index that is neither a string nor a number');
        this.#at++;
        path.push(step.value);
        this.expectSymbol(']');
      } else return path;
    }
  }

  #list(end: ')' | ']'): Expression[] {
    const items: Expression[] = [];
    if (this.takeSymbol(end)) return items;
    do items.push(this.expression());
    while (this.takeSymbol(','));
    this.expectSymbol(end);
    return items;
  }
}
