/** Reads local.settings.json, the form of the Azure Functions tools: comments allowed, every value with its line. */
import { readFileSync } from 'node:fs';
import { findNodeAtLocation, parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';

/** A setting as somebody wrote it, and where: `environment` or `local.settings.json:12`. */
export interface PlacedValue {
  value: string;
  place: string;
}

export interface SettingsFile {
  values: Map<string, PlacedValue>;
  problems: string[];
}

export const SETTINGS_FILE = 'local.settings.json';
const EMPTY: SettingsFile = { values: new Map(), problems: [] };

/** Reads `<folder>/local.settings.json`; empty when there is none. Problems name the line. */
export function readSettingsFile(folder: string): SettingsFile {
  let text: string;
  try {
    text = readFileSync(`${folder}/${SETTINGS_FILE}`, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return EMPTY;
    return { ...EMPTY, problems: [`${SETTINGS_FILE}: cannot be read: ${(error as Error).message}`] };
  }
  return parseSettingsFile(text);
}

/** The same for its text. */
export function parseSettingsFile(text: string): SettingsFile {
  const source = text.replace(/^\uFEFF/, '');
  const at = (offset: number): string => `${SETTINGS_FILE}:${source.slice(0, offset).split('\n').length}`;
  const errors: ParseError[] = [];
  const root = parseTree(source, errors, { allowTrailingComma: true });
  if (errors.length > 0 || root?.type !== 'object') {
    const problems = errors.map((e) => `${at(e.offset)}: is not JSON: ${printParseErrorCode(e.error)}`);
    return { ...EMPTY, problems: problems.length > 0 ? problems : [`${at(0)}: is not an object`] };
  }
  const encrypted = findNodeAtLocation(root, ['IsEncrypted']);
  if (encrypted?.value === true)
    return {
      ...EMPTY,
      problems: [`${at(encrypted.offset)}: IsEncrypted: write the values in clear and set it to false`],
    };
  const node = findNodeAtLocation(root, ['Values']);
  if (node?.type !== 'object')
    return { ...EMPTY, problems: [`${at(node?.offset ?? 0)}: Values: is not an object`] };
  const values = new Map<string, PlacedValue>();
  const problems: string[] = [];
  for (const property of node.children ?? []) {
    const [key, value] = property.children as [Node, Node];
    const name = String(key.value);
    if (['string', 'number', 'boolean'].includes(value.type))
      values.set(name, { value: String(value.value), place: at(key.offset) });
    else problems.push(`${at(key.offset)}: ${name}: is not a text, number or boolean`);
  }
  return { values, problems };
}
