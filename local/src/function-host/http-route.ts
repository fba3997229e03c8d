// Route templates of the httpTrigger (ASP.NET Core form): parsing, matching, and which of two routes wins.

interface Segment {
  kind: 'literal' | 'parameter' | 'rest';
  /** Literal text in lower case, or the parameter's name. */
  text: string;
  optional: boolean;
  fallback: string | undefined;
  constraints: ((value: string) => boolean)[];
}

export interface Route {
  segments: Segment[];
}

const SIMPLE: Record<string, RegExp> = {
  int: /^-?\d{1,10}$/,
  long: /^-?\d{1,19}$/,
  bool: /^(true|false)$/i,
  guid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  alpha: /^[a-z]*$/i,
  decimal: /^-?\d+(\.\d+)?$/,
  double: /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/,
  float: /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/,
  required: /./,
};

/** Throws RangeError naming what of the template is not supported. */
export function parseRoute(template: string): Route {
  const trimmed = template.replace(/^\/+|\/+$/g, '');
  const segments = trimmed === '' ? [] : splitSegments(trimmed).map(parseSegment);
  const rest = segments.findIndex((segment) => segment.kind === 'rest');
  if (rest !== -1 && rest !== segments.length - 1)
    throw new RangeError(`'${template}': {*rest} must come last`);
  return { segments };
}

/** Splits at slashes outside braces, since a regex constraint may hold one. */
function splitSegments(template: string): string[] {
  const segments = [''];
  let depth = 0;
  for (const character of template) {
    if (character === '{') depth++;
    if (character === '}') depth--;
    if (character === '/' && depth === 0) segments.push('');
    else segments[segments.length - 1] += character;
  }
  return segments;
}

function parseSegment(text: string): Segment {
  if (!text.includes('{')) {
    return {
      kind: 'literal',
      text: text.toLowerCase(),
      optional: false,
      fallback: undefined,
      constraints: [],
    };
  }
  const match = /^\{(\*{0,2})(\w+)((?::[a-z]+(?:\(.*?\))?(?=[:=?}]))*)(?:=([^?}]*))?(\?)?\}$/i.exec(text);
  if (!match) throw new RangeError(`the segment '${text}' (text beside a parameter) is not supported`);
  const [, stars = '', name = '', constraints = '', fallback, optional] = match;
  return {
    kind: stars === '' ? 'parameter' : 'rest',
    text: name,
    optional: optional !== undefined || fallback !== undefined || stars !== '',
    fallback,
    constraints: [...constraints.matchAll(/:([a-z]+)(?:\((.*?)\)(?=[:}]|$))?/gi)].map(
      ([, type = '', argument]) => constraint(type.toLowerCase(), argument),
    ),
  };
}

function constraint(type: string, argument: string | undefined): (value: string) => boolean {
  const simple = SIMPLE[type];
  if (simple && argument === undefined) return (value) => simple.test(value);
  const numbers = (argument ?? '').split(',').map(Number);
  const [first = NaN, second = first] = numbers;
  if (type === 'regex' && argument !== undefined) {
    const pattern = new RegExp(argument, 'i');
    return (value) => pattern.test(value);
  }
  if (argument === undefined || argument === '' || numbers.some(Number.isNaN))
    throw new RangeError(`the route constraint ':${type}' is not supported`);
  if (type === 'length') return (value) => value.length >= first && value.length <= second;
  if (type === 'minlength') return (value) => value.length >= first;
  if (type === 'maxlength') return (value) => value.length <= first;
  if (type === 'min') return (value) => /^-?\d+$/.test(value) && Number(value) >= first;
  if (type === 'max') return (value) => /^-?\d+$/.test(value) && Number(value) <= first;
  if (type === 'range')
    return (value) => /^-?\d+$/.test(value) && Number(value) >= first && Number(value) <= second;
  throw new RangeError(`the route constraint ':${type}' is not supported`);
}

/** The parameters by name when the path (without leading slash, still percent-encoded) fits; else undefined. */
export function matchRoute(route: Route, path: string): Record<string, string> | undefined {
  const parts = path.replace(/\/+$/, '') === '' ? [] : path.replace(/\/+$/, '').split('/');
  const parameters: Record<string, string> = {};
  for (const [index, segment] of route.segments.entries()) {
    const encoded = segment.kind === 'rest' ? parts.slice(index).join('/') : parts[index];
    const value = encoded === undefined || encoded === '' ? segment.fallback : decode(encoded);
    if (value === undefined || value === '') {
      if (!segment.optional) return undefined;
      continue;
    }
    if (segment.kind === 'literal') {
      if (value.toLowerCase() !== segment.text) return undefined;
      continue;
    }
    if (!segment.constraints.every((holds) => holds(value))) return undefined;
    parameters[segment.text] = value;
  }
  const open = route.segments.at(-1)?.kind === 'rest';
  return open || parts.length <= route.segments.length ? parameters : undefined;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Sorts the more exact route first: literal before constrained before free before rest, segment by segment. */
export function compareRoutes(a: Route, b: Route): number {
  const length = Math.max(a.segments.length, b.segments.length);
  for (let index = 0; index < length; index++) {
    const difference = rank(a.segments[index]) - rank(b.segments[index]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function rank(segment: Segment | undefined): number {
  if (!segment) return 0;
  if (segment.kind === 'literal') return 1;
  if (segment.kind === 'rest') return 4;
  return segment.constraints.length > 0 ? 2 : 3;
}
