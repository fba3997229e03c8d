/** Splits a Cosmos SQL text into tokens. */
import { badRequest } from '../cosmos-error.ts';

export type Token =
  | { kind: 'word'; text: string; upper: string; at: number }
  | { kind: 'number'; text: string; value: number; at: number }
  | { kind: 'string'; text: string; value: string; at: number }
  | { kind: 'parameter'; text: string; at: number }
  | { kind: 'symbol'; text: string; at: number }
  | { kind: 'end'; text: ''; at: number };

const pattern =
  /(?<space>\s+|--[^\n]*)|(?<word>[A-Za-z_$][\w$]*)|(?<number>0x[\da-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<parameter>@[\w$]+)|(?<symbol>!=|<>|<=|>=|\?\?|\|\||[-+*/%=<>()[\]{},.:?&|^~])/suy;

const escapes: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** Throws 400 where the text is no token of Cosmos SQL. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) throw syntaxError(text.slice(at, at + 1), at);
    const { word, number, string, parameter, symbol } = match.groups!;
    if (word !== undefined) tokens.push({ kind: 'word', text: word, upper: word.toUpperCase(), at });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number, value: Number(number), at });
    else if (string !== undefined) tokens.push({ kind: 'string', text: string, value: unescape(string), at });
    else if (parameter !== undefined) tokens.push({ kind: 'parameter', text: parameter, at });
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol, at });
    at = pattern.lastIndex;
  }
  tokens.push({ kind: 'end', text: '', at });
  return tokens;
}

function unescape(quoted: string): string {
  return quoted
    .slice(1, -1)
    .replaceAll(
      /\\(?:u([\da-fA-F]{4})|(.))/gsu,
      (_all, code: string | undefined, char: string | undefined) =>
        code !== undefined ? String.fromCharCode(parseInt(code, 16)) : (escapes[char!] ?? char!),
    );
}

export function syntaxError(near: string, at: number): Error {
  return badRequest(
    near === ''
      ? `Syntax error, unexpected end of the query at position ${at}.`
      : `Syntax error, incorrect syntax near '${near}' at position ${at}.`,
  );
}
