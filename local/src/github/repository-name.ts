/**
 * Names for invented repositories: a bijection between an owner's ordinals and word sequences, so that looking a name
 * up needs no table however large the owner is.
 */
import { hash, textHash } from './hash.ts';

const STYLE = textHash('name-style');
const FACTOR = textHash('name-factor');
const SHIFT = textHash('name-shift');

/** No two pairs of these words may spell the same when written without a separator (a test holds it). */
export const words: readonly string[] = (
  'account action admin agent alert android api app archive asset atlas audit auth azure backup badge base batch ' +
  'beacon bench bicep billing blog blob board book bot bridge browser bucket build bundle cache canvas catalog chart ' +
  'chat check client cloud cluster codec compiler config console container cookbook core crawler cron dash data demo ' +
  'deploy design device docs driver echo edge editor email engine event example explorer export fabric feature feed ' +
  'fetch filter flow font forge format fuzz gallery game gateway git graph grid guide hello hook http hub icon image ' +
  'index infra ingest insight java job kernel kit kube lab lambda learn ledger lens library linux lint live loader ' +
  'locale logger mail map market matrix media memory mesh metric mobile model module monitor native network node ' +
  'notebook parser patch pipeline platform plugin policy portal probe profile proto proxy python query queue ranger ' +
  'react relay render report router runtime rust sample scanner schema script sdk search secret sensor server shell ' +
  'signal site sketch slack socket solver spark spec stack stream studio swift sync table task template tensor test ' +
  'theme token toolkit trace translate tunnel typescript vault vector video viewer vision wallet watch web widget ' +
  'wiki worker workshop zone'
).split(' ');

const indexOfWord = new Map(words.map((word, index) => [word, index]));
const W = words.length;
export const maxRepositoriesPerOwner = Math.floor((W + W * W + W * W * W) / 2);

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function inverseModulo(a: number, m: number): number {
  let [r0, r1, s0, s1] = [a % m, m, 1, 0];
  while (r1 !== 0) {
    const q = Math.floor(r0 / r1);
    [r0, r1, s0, s1] = [r1, r0 - q * r1, s1, s0 - q * s1];
  }
  return ((s0 % m) + m) % m;
}

function word(index: number): string {
  return words[((index % W) + W) % W] as string;
}

/** The digits of a place in base W are its words, the first one turned by the others so that it varies soonest. */
function wordsOf(place: number): string[] {
  if (place < W) return [word(place)];
  const two = place < W + W * W;
  const rest = two ? place - W : place - W - W * W;
  const last = rest % W;
  if (two) return [word(Math.floor(rest / W) + 2 * last + 89), word(last)];
  const middle = Math.floor(rest / W) % W;
  return [word(Math.floor(rest / (W * W)) + 3 * middle + last + 41), word(middle), word(last)];
}

function placeOf(parts: readonly string[]): number | undefined {
  const indexes = parts.map((part) => indexOfWord.get(part) ?? -1);
  if (indexes.length > 3 || indexes.includes(-1)) return undefined;
  const [a = 0, b = 0, c = 0] = indexes;
  if (indexes.length === 1) return a;
  if (indexes.length === 2) return W + ((a - 2 * b - 89 + 3 * W) % W) * W + b;
  return W + W * W + (((a - 3 * b - c - 41 + 5 * W) % W) * W + b) * W + c;
}

function splitUnseparated(text: string): string[] {
  for (let cut = 1; cut < text.length; cut++) {
    const parts = [text.slice(0, cut), text.slice(cut)];
    if (parts.every((part) => indexOfWord.has(part))) return parts;
  }
  return [text];
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

export interface OwnerNames {
  /** The name of the owner's repository number `ordinal`. */
  name(ordinal: number): string;
  /** The ordinal whose name this is in whatever case; undefined when no ordinal has it. */
  ordinal(name: string): number | undefined;
}

/** The names of an owner of `count` repositories: half of the names that its words could make are used. */
export function ownerNames(seed: number, owner: string, count: number): OwnerNames {
  const key = textHash(owner.toLowerCase());
  const domain = Math.max(W, 2 * count);
  let factor = 1 + (hash(seed, FACTOR, key) % (domain - 1));
  while (greatestCommonDivisor(factor, domain) !== 1) factor = (factor % domain) + 1;
  const inverse = inverseModulo(factor, domain);
  const shift = hash(seed, SHIFT, key) % domain;

  function name(ordinal: number): string {
    const place = (ordinal * factor + shift) % domain;
    const parts = wordsOf(place);
    const style = hash(seed, STYLE, key ^ place) % 100;
    if (parts.length === 1) return style < 70 ? (parts[0] as string) : capital(parts[0] as string);
    if (style < 12 && parts.length === 2) return parts.map(capital).join('');
    if (style < 22) return parts.map(capital).join('-');
    return parts.join(style < 37 ? '_' : style < 45 ? '.' : '-');
  }

  function ordinal(text: string): number | undefined {
    const lower = text.toLowerCase();
    const separated = lower.split(/[-_.]/);
    const place = placeOf(
      separated.length > 1 || indexOfWord.has(lower) ? separated : splitUnseparated(lower),
    );
    if (place === undefined || place >= domain) return undefined;
    const found = (((place - shift + domain) % domain) * inverse) % domain;
    return found < count && name(found).toLowerCase() === lower ? found : undefined;
  }

  return { name, ordinal };
}
