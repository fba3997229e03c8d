/** Where the processor time of built apps goes: V8 profiles of their processes, added up by the package that the code came from. */
import { readdirSync, readFileSync } from 'node:fs';
import { findSourceMap, SourceMap, type SourceMapPayload } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Frame {
  functionName: string;
  url: string;
  /** From 0. */
  lineNumber: number;
  columnNumber: number;
}
export interface Profile {
  nodes: { id: number; callFrame: Frame }[];
  /** By sample: the node that ran, and microseconds since the sample before. */
  samples: number[];
  timeDeltas: number[];
}

/** Arguments of a Node process that writes its profile into this folder when it ends. */
export const profiledInto = (folder: string): string => `--cpu-prof --cpu-prof-dir=${folder}`;

const NATIVE: Readonly<Record<string, string>> = {
  '(garbage collector)': 'garbage collector',
  '(program)': 'native code',
};
const IDLE = '(idle)';
const PACKAGE = /node_modules\/((?:@[^/]+\/)?[^/]+)/;

type FindSource = (frame: Frame) => string | undefined;

/** Reads the map beside each bundle. @returns the file that a place in it was made from. */
export function bundleSources(): FindSource {
  const maps = new Map<string, SourceMap | undefined>();
  const mapOf = (url: string): SourceMap | undefined => {
    const file = fileURLToPath(url);
    if (!file.endsWith('/main.cjs')) return undefined;
    return (
      findSourceMap(file) ??
      new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8')) as SourceMapPayload)
    );
  };
  return ({ url, lineNumber, columnNumber }) => {
    if (!maps.has(url)) maps.set(url, mapOf(url));
    const entry = maps.get(url)?.findEntry(lineNumber, columnNumber);
    return entry && 'originalSource' in entry ? entry.originalSource : undefined;
  };
}

/** The package of a frame; `this project` for our own code, `node` for what Node brings along. */
export function ownerOf(frame: Frame, sourceOf: FindSource): string {
  const { functionName, url } = frame;
  if (NATIVE[functionName]) return NATIVE[functionName];
  if (url === '' || url.startsWith('node:')) return url === '' ? 'native code' : 'node';
  const source = url.startsWith('file:') ? (sourceOf(frame) ?? url) : url;
  return PACKAGE.exec(source)?.[1] ?? 'this project';
}

/** Seconds by owner, without those in which nothing ran. */
export function secondsByOwner(profile: Profile, sourceOf: FindSource): Map<string, number> {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const seconds = new Map<string, number>();
  for (const [i, id] of profile.samples.entries()) {
    const frame = frames.get(id);
    // A sample stands for the time until the next one.
    const microseconds = profile.timeDeltas[i + 1] ?? 0;
    if (!frame || frame.functionName === IDLE) continue;
    const owner = ownerOf(frame, sourceOf);
    seconds.set(owner, (seconds.get(owner) ?? 0) + microseconds / 1e6);
  }
  return seconds;
}

/** Of all profiles in a folder: seconds by owner. */
export function readProfiles(folder: string): Map<string, number> {
  const sourceOf = bundleSources();
  const all = new Map<string, number>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'))) {
    const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Profile;
    for (const [owner, seconds] of secondsByOwner(profile, sourceOf))
      all.set(owner, (all.get(owner) ?? 0) + seconds);
  }
  return all;
}
