/** Deterministic draws: the simulator's only source of chance is hash(seed, kind, key), so one seed is one world. */

function rotl(x: number, r: number): number {
  return (x << r) | (x >>> (32 - r));
}

function mix(h: number, k: number): number {
  const word = Math.imul(rotl(Math.imul(k, 0xcc9e2d51), 15), 0x1b873593);
  return (Math.imul(rotl(h ^ word, 13), 5) + 0xe6546b64) | 0;
}

/** MurmurHash3 (32 bit) of four words: an unsigned 32-bit integer. */
export function hash(seed: number, kind: number, key: number, attempt = 0): number {
  let h = mix(mix(mix(seed | 0, kind), key), attempt);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** FNV-1a of a text: makes a kind or a key out of a name. */
export function textHash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

/** A draw from [0, 1). */
export function uniform(seed: number, kind: number, key: number, attempt = 0): number {
  return hash(seed, kind, key, attempt) / 0x1_0000_0000;
}

/** A draw from the standard normal distribution (Box-Muller; it uses up attempts 2n and 2n + 1). */
export function normal(seed: number, kind: number, key: number, attempt = 0): number {
  const u = (hash(seed, kind, key, 2 * attempt) + 1) / 0x1_0000_0001;
  return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * uniform(seed, kind, key, 2 * attempt + 1));
}

/** A draw from a lognormal distribution of mean 1. */
export function lognormal(seed: number, kind: number, key: number, sigma: number): number {
  return Math.exp(sigma * normal(seed, kind, key) - (sigma * sigma) / 2);
}
